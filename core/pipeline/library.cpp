#include "core/pipeline/library.h"

#include "core/model/ids.h"
#include "core/pipeline/binding.h"

#include <QDir>
#include <QFileInfo>
#include <QMap>

namespace stepwire {

using namespace Qt::StringLiterals;

/// The files that the names of the folders reach, by name.
static QMap<QString, QString> filesByName(const QStringList &folders)
{
    const QString ending = u".toml"_s;
    QMap<QString, QString> files;
    for (const QString &folder : folders) {
        const QFileInfoList entries = QDir(folder).entryInfoList(QDir::Files | QDir::Hidden);
        for (const QFileInfo &entry : entries) {
            const QString fileName = entry.fileName();
            const QString name = fileName.chopped(fileName.endsWith(ending) ? ending.size() : 0);
            if (name.size() < fileName.size() && isValidId(name) && !files.contains(name))
                files.insert(name, entry.absoluteFilePath());
        }
    }
    return files;
}

std::vector<PipelineLibrary::Entry> PipelineLibrary::list() const
{
    std::vector<Entry> entries;
    const QMap<QString, QString> files = filesByName(m_folders);
    for (auto it = files.constBegin(); it != files.constEnd(); ++it)
        entries.push_back({it.key(), it.value(), readRecipeFile(it.value())});
    return entries;
}

RecipeResult PipelineLibrary::load(const QString &reference, const QString &callerDirectory, const QString &home) const
{
    if (reference.contains(u'/') || reference.endsWith(u".toml"_s))
        return readRecipeFile(absolutePath(reference, callerDirectory, home));
    if (isValidId(reference)) {
        for (const QString &folder : m_folders) {
            const QFileInfo file(folder + u'/' + reference + u".toml"_s);
            if (file.isFile())
                return readRecipeFile(file.absoluteFilePath());
        }
    }
    const QString places = m_folders.isEmpty() ? u"since no folder is searched"_s : u"in "_s + m_folders.join(u", "_s);
    return tl::unexpected(std::vector<Fault>{{{},
                                              0,
                                              0,
                                              u"there is no pipeline "_s + quotedName(reference) + u' ' + places
                                                  + didYouMean(reference, filesByName(m_folders).keys())}});
}

} // namespace stepwire
