#include "app/host/autostart.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

namespace stepwire {

namespace {

/// A word of `Exec`: in quotes, and escaped once for the quotes and once as a string of a desktop entry.
QString execWord(const QString &word)
{
    QString out = QStringLiteral("\"");
    for (const QChar c : word) {
        if (c == u'\\')
            out += QStringLiteral("\\\\\\\\");
        else if (c == u'"' || c == u'`' || c == u'$')
            out += QStringLiteral("\\\\") + c;
        else if (c == u'%')
            out += QStringLiteral("%%");
        else
            out += c;
    }
    return out + u'"';
}

QByteArray execLine(const Autostart &autostart)
{
    return QByteArray("Exec=") + execWord(autostart.program).toUtf8() + " --hidden";
}

QByteArray freshEntry(const Autostart &autostart)
{
    return "[Desktop Entry]\nType=Application\nName=Stepwire\n" + execLine(autostart)
        + "\nIcon=org.stepwire.Stepwire\nTerminal=false\nX-GNOME-Autostart-enabled=true\n";
}

Result<QByteArray> entryText(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return QByteArray();
    if (!file.open(QIODevice::ReadOnly))
        return fail(code::notAllowed, QStringLiteral("%1 cannot be read: %2").arg(path, file.errorString()));
    return file.readAll();
}

/// Keys with which desktops switch an entry off without removing it.
bool isOff(const QByteArray &line)
{
    return line == "Hidden=true" || line == "X-GNOME-Autostart-enabled=false";
}

/// The entry as it is with our `Exec`, and switched on.
QByteArray mended(const QByteArray &text, const Autostart &autostart)
{
    QByteArrayList lines = text.split('\n');
    bool hasExec = false;
    bool inEntry = false;
    for (qsizetype i = 0; i < lines.size();) {
        const QByteArray line = lines.at(i).trimmed();
        if (line.startsWith('['))
            inEntry = line == "[Desktop Entry]";
        if (inEntry && line.startsWith("Exec=")) {
            lines[i] = execLine(autostart);
            hasExec = true;
        }
        if (inEntry && (isOff(line) || line.startsWith("TryExec=")))
            lines.removeAt(i);
        else
            ++i;
    }
    return hasExec ? lines.join('\n') : freshEntry(autostart);
}

} // namespace

Autostart findAutostart(const std::map<QString, QString> &environment, const QString &program)
{
    const auto variable = [&environment](const QString &name) {
        const auto found = environment.find(name);
        return found != environment.end() && found->second.startsWith(u'/') ? found->second : QString();
    };
    QString folder = variable(QStringLiteral("XDG_CONFIG_HOME"));
    if (folder.isEmpty()) {
        const QString home = variable(QStringLiteral("HOME"));
        folder = (home.isEmpty() ? QDir::homePath() : home) + QStringLiteral("/.config");
    }
    const QString image = variable(QStringLiteral("APPIMAGE"));
    return {QDir::cleanPath(folder) + QStringLiteral("/autostart/org.stepwire.Stepwire.desktop"),
            image.isEmpty() ? program : image};
}

bool isAutostarted(const Autostart &autostart)
{
    const Result<QByteArray> text = entryText(autostart.file);
    if (!text || text->isEmpty())
        return false;
    const QByteArrayList lines = text->split('\n');
    return std::none_of(lines.begin(), lines.end(), [](const QByteArray &line) { return isOff(line.trimmed()); });
}

Result<void> setAutostart(const Autostart &autostart, bool on)
{
    const QString &path = autostart.file;
    if (!on) {
        QFile file(path);
        if (file.exists() && !file.remove())
            return fail(code::notAllowed, QStringLiteral("%1 cannot be removed: %2").arg(path, file.errorString()));
        return {};
    }
    const Result<QByteArray> before = entryText(path);
    if (!before)
        return tl::unexpected(before.error());
    const QByteArray after = mended(*before, autostart);
    if (after == *before)
        return {};
    const QString folder = QFileInfo(path).path();
    if (!QDir().mkpath(folder))
        return fail(code::notAllowed, QStringLiteral("folder %1 cannot be made").arg(folder));
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(after) != after.size() || !file.commit())
        return fail(code::notAllowed, QStringLiteral("%1 cannot be written: %2").arg(path, file.errorString()));
    return {};
}

} // namespace stepwire
