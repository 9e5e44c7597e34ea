#pragma once

#include <QJsonObject>
#include <QString>

namespace stepwire {

/// The values that pipelines were last started with, to begin with the next time. The empty name is a command's. Never
/// given a secret. Lives on the main thread.
class LastValues
{
public:
    virtual ~LastValues() = default;
    [[nodiscard]] virtual QJsonObject load(const QString &pipeline) const = 0;
    virtual void store(const QString &pipeline, const QJsonObject &values) = 0;
};

/// Last values in a file of JSON, written as a whole and readable by its owner alone. What cannot be written is known
/// until the program ends: a convenience is not worth a complaint. Lives on the main thread.
class LastValuesFile : public LastValues
{
public:
    explicit LastValuesFile(QString path);

    [[nodiscard]] QJsonObject load(const QString &pipeline) const override;
    void store(const QString &pipeline, const QJsonObject &values) override;

private:
    QString m_path;
    QJsonObject m_values; ///< by pipeline
};

} // namespace stepwire
