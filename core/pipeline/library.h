#pragma once

#include "core/pipeline/recipe.h"

namespace stepwire {

/// Finds pipelines by name in a list of folders, the first folder that has one winning.
class PipelineLibrary
{
public:
    explicit PipelineLibrary(QStringList folders) : m_folders(std::move(folders)) { }

    /// What one file of the folders is: a recipe or the faults that it has.
    struct Entry
    {
        QString name;
        QString file;
        RecipeResult recipe;
    };

    /// Every pipeline that a name can reach, by name. A file with faults is listed too.
    [[nodiscard]] std::vector<Entry> list() const;

    /// Reads a pipeline by name or, when `reference` holds a `/` or ends in `.toml`, by path (relative ones against
    /// `callerDirectory`, `~/` against `home`). One that is not there is a fault that names the nearest known one.
    [[nodiscard]] RecipeResult load(const QString &reference, const QString &callerDirectory,
                                    const QString &home) const;

    [[nodiscard]] const QStringList &folders() const { return m_folders; }

private:
    QStringList m_folders;
};

} // namespace stepwire
