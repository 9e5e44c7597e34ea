#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QWidget>

#include <memory>
#include <vector>

namespace stepwire {

/// A field for each parameter of a pipeline, made from `parameters` of `pipeline.get`. A field left empty means what
/// the pipeline says itself. Lives on the main thread.
class ParameterForm : public QWidget
{
    Q_OBJECT

public:
    /// What keeps a value from being used; `sentence` says it to a person.
    struct Fault
    {
        QString parameter;
        QString sentence;
        bool operator==(const Fault &) const = default;
    };

    explicit ParameterForm(const QJsonArray &parameters, QWidget *parent = nullptr);
    ~ParameterForm() override;

    /// As `job.run` takes them; without those left to the pipeline. Meaningful while there are no faults.
    [[nodiscard]] QJsonObject values() const;
    /// Those that may be kept for the next time: no secrets.
    [[nodiscard]] QJsonObject memorable() const;
    /// Values that no longer fit their parameter are left out, and so are secrets.
    void setValues(const QJsonObject &values);
    [[nodiscard]] std::vector<Fault> faults() const;
    /// Shows each fault at its field and goes to the first; false when there is one.
    bool check();
    /// Puts the path into the first field for one; false when there is none.
    bool takeFile(const QString &path);
    [[nodiscard]] bool isEmpty() const { return m_fields.empty(); }
    void focusFirst();

    /// A parameter's name as a person writes it: `output_dir` is “Output dir”.
    [[nodiscard]] static QString readable(const QString &name);

Q_SIGNALS:
    void changed();

private:
    class Field;

    std::vector<std::unique_ptr<Field>> m_fields;
};

} // namespace stepwire
