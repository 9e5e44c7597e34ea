#pragma once

#include "core/model/event.h"
#include "core/model/request.h"

#include <QFile>
#include <QString>

#include <memory>
#include <vector>

namespace stepwire {

/// Which stream wrote from which offset on. Offsets count the bytes of the step's whole output.
struct StreamMark
{
    qint64 offset = 0;
    Stream stream = Stream::Out;
};

/// A step's whole output in a file, made at its first byte. Of more than 64 MiB the first and the last 32 are kept,
/// with a line between them that says how many bytes were left out. While the step runs, what may become the last
/// part lies in segment files beside the log. Lives on the engine's thread. A disk that fails is said once by
/// `problem`; the step goes on.
class StepLog
{
public:
    static constexpr qint64 headBytes = 32 * 1024 * 1024;
    static constexpr qint64 segmentBytes = 16 * 1024 * 1024;

    explicit StepLog(QString path);
    ~StepLog();

    void write(Stream stream, QByteArrayView bytes);
    /// Puts the parts together; nothing may be written afterwards.
    void finish();

    [[nodiscard]] qint64 size() const { return m_size; }
    [[nodiscard]] const std::vector<StreamMark> &marks() const { return m_marks; }
    [[nodiscard]] const QString &problem() const { return m_problem; }
    [[nodiscard]] LogSlice read(qint64 offset, qint64 limit);

private:
    struct Segment
    {
        qint64 offset = 0;
        qint64 size = 0;
        std::unique_ptr<QFile> file;
    };

    void writeTo(QFile &file, QByteArrayView bytes);
    [[nodiscard]] QString segmentPath(int number) const;
    Segment &newSegment();

    QString m_path;
    QFile m_head;
    std::vector<Segment> m_segments;
    int m_nextSegment = 0;
    qint64 m_size = 0;
    bool m_finished = false;
    std::vector<StreamMark> m_marks;
    QString m_problem;
};

/// A piece of a finished log; with `marks` it stays within one stream. A file that is not there is an empty log.
[[nodiscard]] LogSlice readLogFile(const QString &path, const std::vector<StreamMark> &marks, qint64 offset,
                                   qint64 limit);

} // namespace stepwire
