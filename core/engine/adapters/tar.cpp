// tar (GNU tar 1.34) says nothing about how far it is, so that its open files are looked at: where it stands in the
// archive that it reads (x, t, d), or in the files that it packs (c, of plain files only). With -z and the like it is
// the decompressor, its child, that has the archive open. proc(5): /proc/PID/fdinfo/N has `pos:` and `flags:` (octal),
// /proc/PID/task/PID/children the children. Nothing is added, and the output is not looked at.

#include "core/engine/adapters/adapters.h"

#include <QDir>
#include <QFile>

#include <fcntl.h>
#include <sys/stat.h>

namespace stepwire::adapters {

namespace {

struct Wanted
{
    QString directory; ///< of -C, empty for the one that it was started in
    QString path;
};

struct Plan
{
    char mode = 0;
    QString archive;
    std::vector<Wanted> files;
    bool strange = false; ///< something that changes what is read
};

Plan planOf(const QStringList &args)
{
    static const QString valued = QStringLiteral("bfCTXgKNVLFHI");
    static const QString modes = QStringLiteral("xtdcruA");
    Plan plan;
    QString directory;
    bool options = true;
    const auto takes = [&](QChar letter, const QString &value) {
        if (letter == u'f')
            plan.archive = value;
        else if (letter == u'C')
            directory = QDir::cleanPath(directory.isEmpty() ? value : QDir(directory).filePath(value));
        else if (letter == u'T')
            plan.strange = true;
    };
    const auto letter = [&](QChar c) {
        if (modes.contains(c))
            plan.mode = c.toLatin1();
        else if (c == u'M' || c == u'S')
            plan.strange = true;
    };
    for (qsizetype i = 0; i < args.size(); ++i) {
        const QString &arg = args[i];
        if (i == 0 && !arg.startsWith(u'-')) { // the old way: the values stand behind all letters
            qsizetype at = 0;
            for (const QChar c : arg) {
                letter(c);
                if (valued.contains(c) && ++at < args.size())
                    takes(c, args[at]);
            }
            i = at;
        } else if (options && arg == u"--") {
            options = false;
        } else if (options && arg.startsWith(u"--")) {
            const qsizetype equals = arg.indexOf(u'=');
            const QString name = arg.left(equals);
            const auto value = [&] {
                return equals >= 0 ? arg.sliced(equals + 1) : ++i < args.size() ? args[i] : QString();
            };
            if (name == u"--file")
                takes(u'f', value());
            else if (name == u"--directory")
                takes(u'C', value());
            else if (name == u"--extract" || name == u"--get")
                plan.mode = 'x';
            else if (name == u"--list")
                plan.mode = 't';
            else if (name == u"--create")
                plan.mode = 'c';
            else if (name == u"--diff" || name == u"--compare")
                plan.mode = 'd';
            else if (name == u"--sparse" || name == u"--multi-volume" || name == u"--files-from")
                plan.strange = true;
        } else if (options && arg.startsWith(u'-') && arg.size() > 1) {
            for (qsizetype k = 1; k < arg.size(); ++k) {
                letter(arg[k]);
                if (!valued.contains(arg[k]))
                    continue;
                takes(arg[k], k + 1 < arg.size() ? arg.sliced(k + 1) : ++i < args.size() ? args[i] : QString());
                break;
            }
        } else {
            plan.files.push_back({directory, arg});
        }
    }
    return plan;
}

class Tar : public LineAdapter
{
public:
    explicit Tar(std::vector<Wanted> files) : m_wanted(std::move(files)) { }

    [[nodiscard]] qint64 pollIntervalMs() const override { return m_wanted.empty() ? 0 : 500; }

    std::optional<Progress> poll(qint64 pid) override
    {
        if (pid <= 0 || m_wanted.empty() || (m_files.empty() && !find(pid)))
            return {};
        std::vector<qint64> processes = {pid};
        for (std::size_t i = 0; i < processes.size(); ++i) {
            if (auto progress = lookAt(processes[i]))
                return progress;
            addChildren(processes[i], processes);
        }
        return {};
    }

protected:
    std::optional<Progress> tells(Stream, const QByteArray &) override { return {}; }

private:
    struct File
    {
        dev_t device;
        ino_t inode;
        double size;
        QString path;
    };

    static QByteArray processPath(qint64 pid, const char *rest) { return "/proc/" + QByteArray::number(pid) + rest; }

    static QByteArray content(const QByteArray &path)
    {
        constexpr qint64 most = 4096;
        QFile file(QFile::decodeName(path));
        return file.open(QIODevice::ReadOnly | QIODevice::Unbuffered) ? file.read(most) : QByteArray();
    }

    static void addChildren(qint64 pid, std::vector<qint64> &processes)
    {
        constexpr std::size_t mostProcesses = 16;
        const QByteArray id = QByteArray::number(pid);
        for (const QByteArray &child : content("/proc/" + id + "/task/" + id + "/children").split(' ')) {
            if (const qint64 number = child.toLongLong(); number > 0 && processes.size() < mostProcesses)
                processes.push_back(number);
        }
    }

    /// Which files these are, seen from the process's working directory; all of them must be plain ones.
    bool find(qint64 pid)
    {
        std::vector<File> files;
        for (const Wanted &wanted : m_wanted) {
            const QString relative = QDir(wanted.directory).filePath(wanted.path);
            const QByteArray path = QDir::isAbsolutePath(relative)
                ? QFile::encodeName(relative)
                : processPath(pid, "/cwd/") + QFile::encodeName(relative);
            struct stat info;
            if (::stat(path.constData(), &info) != 0)
                return false;
            if (!S_ISREG(info.st_mode)) {
                m_wanted.clear();
                return false;
            }
            files.push_back({info.st_dev, info.st_ino, static_cast<double>(info.st_size), wanted.path});
        }
        m_files = std::move(files);
        return true;
    }

    std::optional<Progress> lookAt(qint64 pid)
    {
        constexpr int mostDescriptors = 64;
        for (int fd = 0; fd < mostDescriptors; ++fd) {
            struct stat info;
            const QByteArray number = QByteArray::number(fd);
            if (::stat((processPath(pid, "/fd/") + number).constData(), &info) != 0 || !S_ISREG(info.st_mode))
                continue;
            double before = 0;
            for (const File &file : m_files) {
                if (file.device == info.st_dev && file.inode == info.st_ino) {
                    if (const auto position = readingAt(pid, number))
                        return progress(before + std::min(*position, file.size), file.path);
                    break;
                }
                before += file.size;
            }
        }
        return {};
    }

    /// Where a descriptor that is only read stands.
    static std::optional<double> readingAt(qint64 pid, const QByteArray &fd)
    {
        std::optional<double> position;
        bool reads = false;
        for (const QByteArray &line : content(processPath(pid, "/fdinfo/") + fd).split('\n')) {
            if (line.startsWith("pos:"))
                position = line.sliced(4).trimmed().toDouble();
            else if (line.startsWith("flags:"))
                reads = (line.sliced(6).trimmed().toLongLong(nullptr, 8) & O_ACCMODE) == O_RDONLY;
        }
        return reads ? position : std::nullopt;
    }

    Progress progress(double done, const QString &path)
    {
        Progress progress;
        progress.unit = QStringLiteral("bytes");
        progress.done = done;
        double total = 0;
        for (const File &file : m_files)
            total += file.size;
        if (total > 0)
            progress.total = total;
        if (m_files.size() > 1)
            progress.message = message(path);
        return m_rising.keep(std::move(progress));
    }

    std::vector<Wanted> m_wanted;
    std::vector<File> m_files;
    Rising m_rising;
};

} // namespace

Adapter adaptTar(Command &command)
{
    constexpr std::size_t mostFiles = 64;
    Plan plan = planOf(command.args);
    if (plan.strange)
        return {};
    if (plan.mode == 'c') {
        if (plan.files.empty() || plan.files.size() > mostFiles)
            return {};
        return std::make_unique<Tar>(std::move(plan.files));
    }
    // host:file is on another machine, unless --force-local says it is not.
    const bool reads = plan.mode == 'x' || plan.mode == 't' || plan.mode == 'd';
    if (!reads || plan.archive.isEmpty() || plan.archive == u"-" || plan.archive.contains(u':'))
        return {};
    return std::make_unique<Tar>(std::vector<Wanted>{{QString(), plan.archive}});
}

} // namespace stepwire::adapters
