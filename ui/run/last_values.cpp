#include "ui/run/last_values.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QSaveFile>

namespace stepwire {

LastValuesFile::LastValuesFile(QString path) : m_path(std::move(path))
{
    QFile file(m_path);
    if (file.open(QIODevice::ReadOnly))
        m_values = QJsonDocument::fromJson(file.readAll()).object();
}

QJsonObject LastValuesFile::load(const QString &pipeline) const
{
    return m_values.value(pipeline).toObject();
}

void LastValuesFile::store(const QString &pipeline, const QJsonObject &values)
{
    if (m_values.value(pipeline).toObject() == values)
        return;
    m_values.insert(pipeline, values);
    QDir().mkpath(QFileInfo(m_path).path());
    QSaveFile file(m_path);
    if (!file.open(QIODevice::WriteOnly))
        return;
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    file.write(QJsonDocument(m_values).toJson());
    file.commit();
}

} // namespace stepwire
