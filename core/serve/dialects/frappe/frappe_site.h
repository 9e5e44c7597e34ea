#pragma once

#include "core/model/job.h"
#include "core/model/result.h"
#include "core/serve/dialects/dialect_settings.h"

#include <map>

namespace stepwire {

/// What `[dialects.frappe]` says of the site that is played: its name, its users, and what pipelines are there.
struct FrappeSite
{
    /// Where what is told of a job goes besides the room of its task.
    enum class Shows { AiProgress, Progress, Both };

    struct User
    {
        bool system = true; ///< a System User; else a Website User
        std::optional<QStringList> doctypes; ///< that it may read; absent: all
    };
    /// How jobs of a pipeline are told.
    struct Pipeline
    {
        QString user; ///< whose they are; empty: FrappeSite::user
        QString doctype; ///< of the document that they work on; empty for none
        QString docname; ///< `{{NAME}}` stands for a parameter of the job
        std::optional<Shows> shows;
    };
    /// What a call of a method runs.
    struct Method
    {
        QString pipeline;
        QJsonObject fixed; ///< parameters that are always so
        std::map<QString, QString> parameters; ///< a parameter and the argument that it is taken from
    };

    QString name; ///< `default_site`; empty: as Host and Origin say
    QString user; ///< whose jobs are those of nobody else
    std::map<QString, User> users; ///< `user` is among them
    std::map<QString, Pipeline> pipelines;
    std::map<QString, Method> methods;
    QString poll; ///< the method that tells progress to those without realtime
    Shows shows = Shows::Both;
    bool evalJs = false; ///< jobs may have clients evaluate what they send

    /// Fails with one sentence that names the setting that is wrong.
    [[nodiscard]] static Result<FrappeSite> read(const QJsonObject &members);

    [[nodiscard]] bool mayRead(const QString &reader, const QString &doctype) const;
    /// Null: nothing is said of the job's pipeline.
    [[nodiscard]] const Pipeline *pipelineOf(const Job &job) const;
    /// Of the document that the job works on; nothing where it works on none, or its parameters do not tell.
    [[nodiscard]] std::optional<std::pair<QString, QString>> documentOf(const Job &job) const;
};

/// The rooms of Frappe 15 and later.
namespace frappe_room {
[[nodiscard]] QString user(const QString &name);
[[nodiscard]] QString doctype(const QString &doctype);
[[nodiscard]] QString document(const QString &doctype, const QString &name);
[[nodiscard]] QString openDocument(const QString &doctype, const QString &name);
[[nodiscard]] QString task(const QString &id);
[[nodiscard]] QString website(); ///< everybody
[[nodiscard]] QString all(); ///< System Users
} // namespace frappe_room

} // namespace stepwire
