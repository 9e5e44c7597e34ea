#include "core/engine/tool_adapter.h"

#include "support/bytes.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>

#include <fcntl.h>
#include <unistd.h>

using namespace stepwire;
using namespace stepwire::test;
using namespace Qt::StringLiterals;

class TestToolAdapter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void arguments_data();
    void arguments();
    void environment_data();
    void environment();
    void ownEnvironmentIsRespected();
    void recordings_data();
    void recordings();
    void streams_data();
    void streams();
    void heldBackOnlyAsLongAsNeeded();
    void garbage();
    void longLines();
    void percent_data();
    void percent();
    void percentPatternFaults();
    void percentPatternDoesNotHang();
    void tarReads();
};

static QString text(const std::optional<Progress> &progress)
{
    if (!progress)
        return u"nothing"_s;
    QString line = QString::number(progress->done, 'g', 12);
    if (progress->total)
        line += u'/' + QString::number(*progress->total, 'g', 12);
    line += u' ' + progress->unit;
    if (progress->fraction)
        line += u" ="_s + QString::number(*progress->fraction);
    if (!progress->message.isEmpty())
        line += u" '"_s + progress->message + u'\'';
    for (const Phase &phase : progress->phases) {
        line += u" ["_s + phase.title + u' ' + QString::number(phase.done);
        if (phase.total)
            line += u'/' + QString::number(*phase.total);
        line += u']';
    }
    return line;
}

static QStringList words(const char *line)
{
    return QString::fromUtf8(line).split(u' ', Qt::SkipEmptyParts);
}

void TestToolAdapter::arguments_data()
{
    QTest::addColumn<QStringList>("argv");
    QTest::addColumn<bool>("terminal");
    QTest::addColumn<QStringList>("expected");
    QTest::addColumn<bool>("known");
    const auto row = [](const char *line, bool terminal, const char *expected, bool known) {
        QTest::addRow("%s%s", line, terminal ? " (terminal)" : "")
            << words(line) << terminal << words(expected) << known;
    };
    const auto changed = [&](const char *line, const char *expected) { row(line, false, expected, true); };
    const auto read = [&](const char *line) { row(line, false, line, true); };
    const auto unknown = [&](const char *line) { row(line, false, line, false); };
    const auto readAtTerminal = [&](const char *line) { row(line, true, line, true); };

    QTest::newRow("no command") << QStringList() << false << QStringList() << false;
    QTest::newRow("an empty name") << QStringList{QString()} << false << QStringList{QString()} << false;
    unknown("make -j2");
    unknown("rsyncd a b");
    unknown("myrsync a b");
    unknown("sh -c rsync");
    unknown("busybox tar xf a.tar");
    unknown("/");

    changed("rsync -a a b", "rsync --info=progress2 -a a b");
    changed("/usr/bin/rsync -a a b", "/usr/bin/rsync --info=progress2 -a a b");
    row("rsync -a a b", true, "rsync --info=progress2 -a a b", true);
    changed("rsync -av --bwlimit=5 a host:b", "rsync --info=progress2 -av --bwlimit=5 a host:b");
    changed("rsync -ah a b", "rsync --info=progress2 -ah a b");
    for (const char *line :
         {"rsync -aq a b", "rsync --quiet a b", "rsync --qui a b", "rsync -a --progress a b", "rsync -aP a b",
          "rsync --info=name a b", "rsync --info=progress2 a b", "rsync --info name a b", "rsync -an a b",
          "rsync --dry-run a b", "rsync --list-only a b", "rsync --server . b", "rsync --daemon --config=f",
          "rsync --version", "rsync -h", "rsync --help", "rsync host::", "rsync"})
        read(line);

    changed("git clone url", "git clone --progress url");
    changed("git -C dir -c a.b=c clone url dir", "git -C dir -c a.b=c clone --progress url dir");
    changed("git --git-dir=x fetch", "git --git-dir=x fetch --progress");
    changed("git --no-pager pull --rebase", "git --no-pager pull --progress --rebase");
    for (const char *line : {"git clone -q url", "git clone --quiet url", "git fetch -qp", "git fetch --progress",
                             "git pull --no-progress", "git clone --prog url", "git fetch --no-prog"})
        read(line);
    readAtTerminal("git clone url");
    for (const char *line : {"git", "git status", "git log -p", "git --version", "git --strange clone url",
                             "git -C clone status", "git push"})
        unknown(line);

    changed("borg create repo::a dir", "borg --progress create repo::a dir");
    row("borg create repo::a dir", true, "borg --progress create repo::a dir", true);
    changed("borg export-tar repo::a -", "borg --progress export-tar repo::a -");
    for (const char *line : {"borg list repo", "borg create --json repo::a dir", "borg --log-json create repo::a dir",
                             "borg create -p r::a d", "borg --progress create r::a d", "borg -q create r::a d",
                             "borg --error create r::a d", "borg serve", "borg", "borg create -n r::a d",
                             "borg mount r m", "borg --strange x create r::a d"})
        read(line);

    changed("pv file", "pv -f file");
    changed("pv -L 2m file", "pv -f -L 2m file");
    for (const char *line :
         {"pv -q file", "pv -n file", "pv -f file", "pv --numeric file", "pv -bn f", "pv -d 12", "pv --help", "pv -V"})
        read(line);
    readAtTerminal("pv file");

    // These need no flag, or can bear none.
    for (const char *line :
         {"curl -o f https://example.org/", "curl https://example.org/", "curl -s https://example.org/", "wget -q url",
          "wget -O - url", "ffmpeg -i in.mp4 -f mp3 -", "ffmpeg -i in.mp4 pipe:1", "apt-get -y install hello",
          "apt update", "yt-dlp url", "ninja -C build", "tar xf a.tar.gz", "tar -cf out.tar file", "restic snapshots",
          "restic -r repo backup dir"}) {
        read(line);
        readAtTerminal(line);
    }
    read("tar c dir");
    for (const char *line : {"tar cf -", "tar x", "tar xf -", "tar xf host:a.tar", "tar --version", "tar",
                             "tar xMf a.tar", "tar cSf out.tar file", "tar cf out.tar -T list"})
        unknown(line);

    // Behind others, where that is sure.
    changed("env A=B rsync a b", "env A=B rsync --info=progress2 a b");
    changed("env -i -u X --unset=Y A=B C= rsync a b", "env -i -u X --unset=Y A=B C= rsync --info=progress2 a b");
    changed("nice rsync a b", "nice rsync --info=progress2 a b");
    changed("nice -n 10 rsync a b", "nice -n 10 rsync --info=progress2 a b");
    changed("nice -n10 rsync a b", "nice -n10 rsync --info=progress2 a b");
    changed("nice -10 rsync a b", "nice -10 rsync --info=progress2 a b");
    changed("ionice -c3 rsync a b", "ionice -c3 rsync --info=progress2 a b");
    changed("ionice -c 2 -n 7 nice rsync a b", "ionice -c 2 -n 7 nice rsync --info=progress2 a b");
    changed("time -p rsync a b", "time -p rsync --info=progress2 a b");
    changed("/usr/bin/time -f %e rsync a b", "/usr/bin/time -f %e rsync --info=progress2 a b");
    changed("stdbuf -oL -e 0 rsync a b", "stdbuf -oL -e 0 rsync --info=progress2 a b");
    changed("nohup rsync a b", "nohup rsync --info=progress2 a b");
    row("nohup rsync a b", true, "nohup rsync a b", false);
    changed("timeout 5 rsync a b", "timeout 5 rsync --info=progress2 a b");
    changed("timeout -k 5 --signal=INT 1h rsync a b", "timeout -k 5 --signal=INT 1h rsync --info=progress2 a b");
    changed("timeout -- 5 rsync a b", "timeout -- 5 rsync --info=progress2 a b");
    changed("env -- rsync a b", "env -- rsync --info=progress2 a b");
    // What sudo lets through may be written down argument by argument.
    read("sudo rsync a b");
    read("sudo -u backup -n A=B rsync a b");
    read("doas -u backup rsync a b");
    read("sudo nice rsync a b");
    read("sudo apt-get install hello");
    for (const char *line :
         {"env", "env A=B", "env -S rsync a b", "env --split-string=rsync a b", "nice", "nice --strange rsync a b",
          "timeout 5", "timeout", "sudo", "sudo -i rsync a b", "sudo -e rsync", "sudo -s rsync", "ionice -p 12 rsync",
          "xargs rsync a", "ssh host rsync a b", "env env env env env env env env env env rsync a b"})
        unknown(line);
}

void TestToolAdapter::arguments()
{
    QFETCH(QStringList, argv);
    QFETCH(bool, terminal);
    QFETCH(QStringList, expected);
    QFETCH(bool, known);
    const AdaptedCommand adapted = adaptCommand(argv, terminal);
    QCOMPARE(adapted.argv, expected);
    QCOMPARE(adapted.adapter != nullptr, known);
}

void TestToolAdapter::environment_data()
{
    QTest::addColumn<QStringList>("argv");
    QTest::addColumn<bool>("terminal");
    QTest::addColumn<bool>("added");
    const auto row = [](const char *line, bool terminal, bool added) {
        QTest::addRow("%s%s", line, terminal ? " (terminal)" : "") << words(line) << terminal << added;
    };
    row("restic -r repo backup dir", false, true);
    row("restic check", false, true);
    row("nice restic backup dir", false, true);
    row("restic -r repo backup dir", true, false);
    for (const char *line :
         {"restic backup --json dir", "restic backup -q dir", "restic backup --quiet dir", "restic snapshots",
          "restic dump latest file", "restic cat config", "restic", "restic backup --dry-run dir",
          "sudo restic backup dir", "env RESTIC_PROGRESS_FPS=1 restic backup dir", "restic help backup -h", "rsync a b",
          "restic ls backup"})
        row(line, false, false);
}

void TestToolAdapter::environment()
{
    QFETCH(QStringList, argv);
    QFETCH(bool, terminal);
    QFETCH(bool, added);
    const AdaptedCommand adapted = adaptCommand(argv, terminal);
    QCOMPARE(adapted.env.size(), added ? 1u : 0u);
    if (added)
        QCOMPARE(adapted.env[0].first, u"RESTIC_PROGRESS_FPS"_s);
}

void TestToolAdapter::ownEnvironmentIsRespected()
{
    qputenv("RESTIC_PROGRESS_FPS", "1");
    QVERIFY(adaptCommand({u"restic"_s, u"backup"_s, u"dir"_s}, false).env.empty());
    qunsetenv("RESTIC_PROGRESS_FPS");

    const auto newest = [](const QStringList &argv, const char *line) {
        const auto adapted = adaptCommand(argv, false);
        return adapted.adapter ? text(adapted.adapter->read(Stream::Out, line).progress) : u"unknown"_s;
    };
    const QStringList ninja = {u"ninja"_s};
    qputenv("NINJA_STATUS", "%e <%f/%t %p> ");
    QCOMPARE(newest(ninja, "1.2 <3/6  50%> CC a.o\n"), u"3/6 items =0.5 'CC a.o'"_s);
    QCOMPARE(newest(ninja, "[3/6] CC a.o\n"), u"nothing"_s);
    QCOMPARE(newest({u"env"_s, u"NINJA_STATUS=%f/%t:"_s, u"ninja"_s}, "3/6:CC a.o\n"), u"3/6 items =0.5 'CC a.o'"_s);
    qputenv("NINJA_STATUS", "[%s/%t] "); // started, not finished
    QCOMPARE(newest(ninja, "[3/6] CC a.o\n"), u"unknown"_s);
    qunsetenv("NINJA_STATUS");
}

/// What a person sees and the newest figure, when the bytes come in these pieces.
struct Outcome
{
    QByteArray shown;
    QString newest;
    int figures = 0;
    bool between = false; ///< there was a figure between 1 and 99 %
    bool fell = false;

    bool operator==(const Outcome &other) const { return shown == other.shown && newest == other.newest; }
};

static Outcome outcome(ToolAdapter &adapter, Stream stream, const std::vector<QByteArray> &pieces)
{
    Outcome result;
    std::optional<Progress> newest;
    const auto take = [&](const ToolAdapter::Read &read) {
        result.shown += read.shown;
        if (!read.progress)
            return;
        const double before = newest && newest->fraction ? *newest->fraction : 0;
        if (read.progress->fraction) {
            result.fell = result.fell || *read.progress->fraction < before;
            result.between = result.between || (*read.progress->fraction > 0.01 && *read.progress->fraction < 0.99);
        }
        newest = read.progress;
        ++result.figures;
    };
    for (const QByteArray &piece : pieces)
        take(adapter.read(stream, piece));
    take(adapter.finish(stream));
    result.newest = text(newest);
    return result;
}

static std::vector<QByteArray> byteByByte(const QByteArray &bytes)
{
    std::vector<QByteArray> pieces;
    for (const char c : bytes)
        pieces.push_back(QByteArray(1, c));
    return pieces;
}

static QByteArray recorded(const QString &name)
{
    QFile file(QStringLiteral(STEPWIRE_SOURCE_DIR "/tests/unit/tool_output/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void TestToolAdapter::recordings_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QStringList>("argv");
    QTest::addColumn<QByteArray>("shown"); // null: all of it
    QTest::addColumn<bool>("between");
    QTest::addColumn<QString>("newest");
    const auto row = [](const char *file, const char *argv, const QByteArray &shown, bool between,
                        const QString &newest) {
        QTest::newRow(file) << QString::fromLatin1(file) << words(argv) << shown << between << newest;
    };
    const QByteArray all;
    const QByteArray none("");
    QByteArray names = "sending incremental file list\ncreated directory dst2\n./\nbig\nsub/\n";
    for (int i = 0; i < 30; ++i)
        names += "sub/f" + QByteArray::number(i).rightJustified(2, '0') + '\n';
    const qsizetype sums = recorded(u"rsync_v.out"_s).indexOf("\nsent ");
    names += recorded(u"rsync_v.out"_s).sliced(sums);
    const QByteArray backedUp =
        "no parent snapshot found, will read all files\n\nFiles:          60 new,     0 changed,     0 unmodified\n"
        "Dirs:            1 new,     0 changed,     0 unmodified\n"
        "Added to the repository: 228.912 MiB (228.913 MiB stored)\n\nprocessed 60 files, 228.882 MiB in 0:02\n"
        "snapshot c2233f51 saved\n";
    const QByteArray checked =
        "using temporary cache in /tmp/restic-check-cache-2122747428\ncreate exclusive lock for repository\n"
        "load indexes\ncheck all packs\ncheck snapshots, trees and blobs\n[0:00] 100.00%  1 / 1 snapshots\n\n"
        "read all data\n[0:00] 100.00%  15 / 15 packs\n\nno errors were found\n";
    const QByteArray fetched = "From file:///srv/sample/gsrc\n   7b2cd9c..757bc22  master     -> origin/master\n";
    QByteArray listed;
    for (const QByteArray &line : recorded(u"borg_create_list.err"_s).split('\n')) {
        const QByteArray last = line.sliced(line.lastIndexOf('\r') + 1);
        listed += last + '\n';
    }
    listed.chop(1);
    row("rsync.out", "rsync -a src/ dst/", none, true, u"9000000 bytes =0.999"_s);
    row("rsync.tty", "rsync -a src/ dst/", none, true, u"9000000 bytes =0.999"_s);
    row("rsync_v.out", "rsync -av src/ dst/", names, true, u"9000000 bytes =0.999"_s);
    row("rsync_progress.out", "rsync -a --progress src/ dst/", all, true, u"33/33 items =0.999 [sub/f29 100/100]"_s);
    row("rsync_up_to_date.out", "rsync -a src/ dst/", none, false, u"0 bytes =0"_s);
    row("rsync_h.out", "rsync -ah src/ dst/", none, true, u"9000000 bytes =0.999"_s);
    row("rsync_list_grows.out", "rsync -a many/ dst/", none, true, u"4800000 bytes =0.999"_s);
    row("restic_backup.out", "restic -r repo backup big", backedUp, true,
        u"218314572/240000172 bytes =0.909643 '/big/f53'"_s);
    row("restic_backup.tty", "restic -r repo backup big", all, true,
        u"236689818/240000172 bytes =0.986207 '/big/f58'"_s);
    row("restic_backup_json.out", "restic -r repo backup --json big", all, true,
        u"204000000/240000000 bytes =0.85 '/big/f49'"_s);
    row("restic_check.out", "restic check --read-data", checked, true,
        u"100/100 percent =0.999 'packs' [snapshots 1/1] [packs 15/15]"_s);
    row("restic_check.tty", "restic check --read-data", all, true,
        u"100/100 percent =0.999 'packs' [snapshots 1/1] [packs 15/15]"_s);
    row("borg_create.err", "borg create repo::a big", none, false, u"228710000 bytes 'big/f57'"_s);
    row("borg_create.tty", "borg create repo::a big", none, false, u"0 bytes 'src'"_s);
    row("borg_create_list.err", "borg create --stats --list repo::a big", listed, false, u"0 bytes 'big'"_s);
    row("borg_create_json.err", "borg --log-json --progress create repo::a big", all, false, u"0 bytes 'big'"_s);
    row("borg_extract.err", "borg extract repo::a", none, true,
        u"98.1/100 percent =0.981 'src/big' [Extracting 98.1/100]"_s);
    row("borg_check_verify.err", "borg check --verify-data repo", none, true,
        u"88.9/100 percent =0.889 'Checking archives' [Checking segments 92.9/100] [Verifying data 99.43/100] [Checking archives 66.7/100]"_s);
    row("borg_check_v.err", "borg -v check repo",
        "Starting repository check\nfinished segment check at segment 13\nStarting repository index check\n"
        "Index object count match.\nFinished full repository check, no problems found.\nStarting archive consistency "
        "check...\n"
        "Analyzing archive a (1/3)\nAnalyzing archive p (2/3)\nAnalyzing archive b (3/3)\n"
        "Archive consistency check complete, no problems found.\n",
        true,
        u"83.35/100 percent =0.8335 'Checking archives' [Checking segments 92.9/100] [Checking archives 66.7/100]"_s);
    row("ffmpeg.err", "ffmpeg -y -re -i in.mp4 -vf scale=80:60 out.mp4", all, true, u"5.7/6 seconds =0.95"_s);
    row("ffmpeg.tty", "ffmpeg -y -re -i in.mp4 -vf scale=80:60 out.mp4", all, true, u"5.7/6 seconds =0.95"_s);
    row("ffmpeg_wav.err", "ffmpeg -hide_banner -i in.mp4 -vn -f wav -", all, true, u"4.01/6 seconds =0.668333"_s);
    row("ffmpeg_lavfi.err", "ffmpeg -y -re -f lavfi -i testsrc=size=64x64:rate=10 -t 3 out2.mp4", all, true,
        u"2.7/3 seconds =0.9"_s);
    row("ffmpeg_progress.out", "ffmpeg -y -nostats -progress pipe:1 -re -ss 2 -i in.mp4 out3.mp4", all, false,
        u"3.700098 seconds"_s);
    row("ffmpeg_progress.err", "ffmpeg -y -nostats -progress pipe:1 -re -ss 2 -i in.mp4 out3.mp4", all, true,
        u"3.7/4 seconds =0.925"_s);
    row("curl.err", "curl -o c1 http://127.0.0.1/f", all, true, u"3999744/3999744 bytes =0.999"_s);
    row("curl.tty", "curl -o c1 http://127.0.0.1/f", all, true, u"3999744/3999744 bytes =0.999"_s);
    row("curl_two.err", "curl -o c1 http://127.0.0.1/f -o c2 http://127.0.0.1/g", all, true, u"1799168 bytes =0.999"_s);
    row("curl_redirect.err", "curl -L -o c1 http://127.0.0.1/f", all, true, u"2499584/2499584 bytes =0.999"_s);
    row("curl_bar.err", "curl -# -o c1 http://127.0.0.1/f", all, true, u"100/100 percent =0.999"_s);
    row("curl_no_length.err", "curl -o c1 http://127.0.0.1/f", all, false, u"2499584 bytes"_s);
    row("curl_parallel.err", "curl -Z -o c1 http://127.0.0.1/f -o c2 http://127.0.0.1/g", all, true,
        u"6299648 bytes =0.999"_s);
    row("curl_v.err", "curl -v -o c1 http://127.0.0.1/f", all, true, u"1499136/1499136 bytes =0.999"_s);
    row("wget.err", "wget -O w1 http://127.0.0.1/f", all, true, u"2969600/3000000 bytes =0.999"_s);
    row("wget.tty", "wget -O w1 http://127.0.0.1/f", all, true, u"2998927/3000000 bytes =0.999 'w1'"_s);
    row("wget_no_length.err", "wget -O w1 http://127.0.0.1/f", all, false, u"1945600 bytes"_s);
    row("wget_no_length.tty", "wget -O w1 http://127.0.0.1/f", all, false, u"2002780 bytes 'w1'"_s);
    row("wget_two.err", "wget -O w1 http://127.0.0.1/f http://127.0.0.1/g", all, true, u"1177600 bytes =0.999"_s);
    row("wget_nv.err", "wget -nv -O w1 http://127.0.0.1/f", all, false, u"nothing"_s);
    row("apt_get.out", "apt-get -y install hello cowsay", all, true,
        u"94/100 percent =0.94 'Processing triggers for man-db (2.11.2-2)'"_s);
    row("apt_get.tty", "apt-get -y install hello", all, true,
        u"90/100 percent =0.9 'Processing triggers for man-db (2.11.2-2)'"_s);
    row("apt.tty", "apt -y install hello", all, true, u"95.2/100 percent =0.952"_s);
    row("apt_get_purge.out", "apt-get -y purge hello", all, true,
        u"66.6667/100 percent =0.666667 'Processing triggers for man-db (2.11.2-2)'"_s);
    row("apt_get_update.out", "apt-get update", all, false, u"nothing"_s);
    row("git_clone.err", "git clone file:///srv/sample copy", "Cloning into 'gd1'...\n", true,
        u"90/100 percent =0.9 'Resolving deltas' [Counting objects 3729/3729] [Compressing objects 2466/2466] [Receiving objects 3729/3729] [Resolving deltas 1263/1263]"_s);
    row("git_clone.tty", "git clone file:///srv/sample copy", all, true,
        u"90/100 percent =0.9 'Resolving deltas' [Counting objects 3729/3729] [Compressing objects 2466/2466] [Receiving objects 3729/3729] [Resolving deltas 1263/1263]"_s);
    row("git_fetch.err", "git fetch", fetched, true,
        u"11.1111/100 percent =0.111111 'Compressing objects' [Counting objects 116/116] [Compressing objects 63/63]"_s);
    row("git_pull.err", "git pull", fetched, true,
        u"10/100 percent =0.1 'Compressing objects' [Counting objects 116/116] [Compressing objects 63/63]"_s);
    row("yt-dlp.out", "yt-dlp -o y1.mp4 http://127.0.0.1/3000000.mp4", all, true,
        u"2998927/2998927 bytes =0.999 'y1.mp4'"_s);
    row("yt-dlp.tty", "yt-dlp -o y1.mp4 http://127.0.0.1/3000000.mp4", all, true,
        u"2998927/2998927 bytes =0.999 'y2.mp4'"_s);
    row("ninja.out", "ninja -j2", all, true, u"12/12 items =0.999 'MAKE o11'"_s);
    row("ninja.tty", "ninja -j2", all, true, u"12/12 items =0.999 'MAKE o12'"_s);
    row("pv.err", "pv -L 2m file", none, true, u"3995075 bytes =0.999"_s);
    row("pv.tty", "pv -L 2m file", all, true, u"3995075 bytes =0.999"_s);
    row("pv_n.err", "pv -n file", all, true, u"100/100 percent =0.999"_s);
    row("pv_nb.err", "pv -n -b file", all, false, u"4000000 bytes"_s);
}

void TestToolAdapter::recordings()
{
    QFETCH(QString, file);
    QFETCH(QStringList, argv);
    QFETCH(QByteArray, shown);
    QFETCH(bool, between);
    QFETCH(QString, newest);
    const QByteArray bytes = recorded(file);
    QVERIFY(!bytes.isEmpty());
    const bool terminal = file.endsWith(u".tty");
    const Stream stream = terminal ? Stream::Tty : file.endsWith(u".err") ? Stream::Err : Stream::Out;
    const auto read = [&](const std::vector<QByteArray> &pieces) {
        const AdaptedCommand adapted = adaptCommand(argv, terminal);
        return adapted.adapter ? outcome(*adapted.adapter, stream, pieces) : Outcome();
    };
    const Outcome slow = read(byteByByte(bytes));
    QCOMPARE(slow.newest, newest);
    QCOMPARE(slow.shown, shown.isNull() ? bytes : shown);
    QCOMPARE(slow.between, between);
    QVERIFY(!slow.fell);
    QVERIFY(read({bytes}) == slow);
    Random random(7);
    for (int round = 0; round < 20; ++round) {
        const Outcome cut = read(inPieces(random, bytes));
        QCOMPARE(cut.newest, newest);
        QCOMPARE(cut.shown, slow.shown);
        QVERIFY(!cut.fell);
    }
    // The same on stdout of a tool that reports on stderr is data.
    if (stream == Stream::Err) {
        const AdaptedCommand adapted = adaptCommand(argv, false);
        const Outcome data = outcome(*adapted.adapter, Stream::Out, {bytes});
        QCOMPARE(data.shown, bytes);
    }
}

void TestToolAdapter::streams_data()
{
    QTest::addColumn<QStringList>("argv");
    QTest::addColumn<Stream>("stream");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("shown"); // null: all of it
    QTest::addColumn<QString>("newest");
    const auto row = [](const char *name, const char *argv, Stream stream, const QByteArray &bytes,
                        const QString &newest, const QByteArray &shown = {}) {
        QTest::newRow(name) << words(argv) << stream << bytes << shown << newest;
    };
    const auto out = Stream::Out;
    const auto err = Stream::Err;

    const QByteArray input = "Input #0, x, from 'in':\n  Duration: 00:01:40.00, start: 0.000000, bitrate: 9 kb/s\n";
    const QByteArray at25 = "frame=  1 fps=9 q=1.0 size=  0kB time=00:00:25.00 bitrate=N/A speed=1x    \r";
    row("ffmpeg", "ffmpeg -i in out", err, input + at25, u"25/100 seconds =0.25"_s);
    row("ffmpeg -t of the input", "ffmpeg -t 50 -i in out", err, input + at25, u"25/50 seconds =0.5"_s);
    row("ffmpeg -t of the output", "ffmpeg -i in -t 00:00:50 out", err, input + at25, u"25/50 seconds =0.5"_s);
    row("ffmpeg -t beyond the input", "ffmpeg -i in -t 200 out", err, input + at25, u"25/100 seconds =0.25"_s);
    row("ffmpeg -to", "ffmpeg -ss 20 -to 70 -i in out", err, input + at25, u"25/50 seconds =0.5"_s);
    row("ffmpeg -ss", "ffmpeg -ss 00:50 -i in out", err, input + at25, u"25/50 seconds =0.5"_s);
    row("ffmpeg -ss of the output", "ffmpeg -i in -ss 50000ms out", err, input + at25, u"25/50 seconds =0.5"_s);
    row("ffmpeg -sseof", "ffmpeg -sseof -50 -i in out", err, input + at25, u"25/50 seconds =0.5"_s);
    row("ffmpeg, two inputs", "ffmpeg -i in -i in2 out", err,
        input + "Input #1, x, from 'in2':\n  Duration: 00:00:50.00, start\n" + at25, u"25/100 seconds =0.25"_s);
    row("ffmpeg -shortest", "ffmpeg -i in -i in2 -shortest out", err,
        input + "Input #1, x, from 'in2':\n  Duration: 00:00:50.00, start\n" + at25, u"25/50 seconds =0.5"_s);
    row("ffmpeg, one input without an end", "ffmpeg -i in -i in2 out", err,
        input + "Input #1, x, from 'in2':\n  Duration: N/A, start\n" + at25, u"25 seconds"_s);
    row("ffmpeg, one input without an end, -shortest", "ffmpeg -i in -i in2 -shortest out", err,
        input + "Input #1, x, from 'in2':\n  Duration: N/A, start\n" + at25, u"25/100 seconds =0.25"_s);
    row("ffmpeg, a picture that is looped", "ffmpeg -loop 1 -i in out", err, input + at25, u"25 seconds"_s);
    row("ffmpeg, a picture that is looped for a while", "ffmpeg -loop 1 -i in -t 50 out", err, input + at25,
        u"25/50 seconds =0.5"_s);
    row("ffmpeg, time runs differently", "ffmpeg -i in -vf setpts=2*PTS out", err, input + at25, u"25 seconds"_s);
    row("ffmpeg, so many frames", "ffmpeg -i in -frames:v 10 out", err, input + at25, u"25 seconds"_s);
    row("ffmpeg before the first frame", "ffmpeg -i in out", err,
        input + "size=       0kB time=N/A bitrate=N/A speed=N/A    \rsize=  0kB time=-577014:32:22.77 bitrate=N/A\r",
        u"nothing"_s);
    row("ffmpeg, data", "ffmpeg -i in -", out, input + at25, u"nothing"_s);

    row("restic looks for files", "restic backup d", out,
        "[0:00] 5 files 20.000 MiB, total 60 files 200.000 MiB, 0 errors\n", u"20971520 bytes"_s, "");
    row("restic restore", "restic restore x", out,
        "[0:02] 50.00%  3 files/dirs 10.000 MiB, total 6 files/dirs 20.000 MiB\n", u"10485760/20971520 bytes =0.5"_s,
        "");
    row("restic restore as JSON", "restic restore --json x", out,
        R"({"message_type":"status","seconds_elapsed":1,"seconds_remaining":1,"percent_done":0.5,"total_bytes":20,"bytes_restored":10})"
        "\n",
        u"10/20 bytes =0.5"_s);
    row("restic prune", "restic prune", out, "[0:01] 50.00%  5 / 10 packs processed\n",
        u"0 percent 'packs processed' [packs processed 5/10]"_s, "");
    row("restic, an error", "restic backup d", out, "[error] x\n", u"nothing"_s);

    const QByteArray borgJson =
        R"({"current": 7, "total": 28, "operation": 1, "msgid": "extract", "type": "progress_percent"})";
    row("borg extract as JSON", "borg --log-json --progress extract r::a", err, borgJson + '\n',
        u"25/100 percent =0.25 'extract' [extract 25/100]"_s);
    row("borg asks", "borg create r::a d", err, "Do you want to continue? [yN] ", u"nothing"_s);

    row("git, translated", "git clone u", err,
        "Klone nach 'x' ...\nremote: Objekte aufz\u00e4hlen: 5, fertig.\nEmpfange Objekte:  50% (5/10)\r",
        u"0 percent 'Empfange Objekte' [Empfange Objekte 5/10]"_s, "Klone nach 'x' ...\n");
    row("git fetch of few objects", "git fetch", err, "Unpacking objects:  50% (5/10), 1.2 KiB | 1 KiB/s\r",
        u"47.2222/100 percent =0.472222 'Unpacking objects' [Unpacking objects 5/10]"_s, "");
    row("git with submodules has no whole", "git clone --recurse-submodules u", err, "Receiving objects:  50% (5/10)\r",
        u"0 percent 'Receiving objects' [Receiving objects 5/10]"_s, "");
    row("git, a hook that talks", "git fetch", err, "remote: Hello: 50 greetings.\nremote: \nerror: 50% (of it)\n",
        u"nothing"_s);

    row("yt-dlp, two formats", "yt-dlp u", out,
        "[info] x: Downloading 1 format(s): 137+140\n[download] Destination: a.f137\n"
        "\r[download]  50.0% of 10.00MiB at 1MiB/s ETA 00:01\r[download] 100% of 10.00MiB in 00:01\n"
        "[download] Destination: a.f140\n\r[download]  50.0% of 10.00MiB at 1MiB/s ETA 00:01",
        u"75/100 percent =0.75 'a.f140'"_s);
    row("yt-dlp, a playlist", "yt-dlp u", out,
        "[download] Downloading item 2 of 4\n[info] x: Downloading 1 format(s): 18\n[download] Destination: b\n"
        "\r[download]  50.0% of ~ 10.00MiB at 1MiB/s ETA 00:01",
        u"37.5/100 percent =0.375 'b'"_s);
    row("yt-dlp guesses", "yt-dlp u", out, "\r[download]  50.0% of ~  10.00MiB at 1MiB/s ETA 00:01",
        u"5242880 bytes =0.5"_s);

    row("ninja, a ninja within", "ninja", out, "[2/30] A\n[1/2] inner\n[2/2] inner\n[3/30] B\n",
        u"3/30 items =0.1 'B'"_s);
    row("ninja, first itself", "ninja", out, "[0/1] Re-running CMake...\n[1/4] A\n", u"1/4 items =0.25 'A'"_s);
    row("ninja, the total falls", "ninja", out, "[2/30] A\n[3/20] B\n[4/20] C\n", u"4/20 items =0.2 'C'"_s);
    row("ninja, a line like it", "ninja", out, "[2/1] A\nsee [1/2]\n[a/b]\n[99999999999/99999999999] x\n",
        u"nothing"_s);

    row("curl, three addresses", "curl -O http://a/1 -O http://a/2 -O http://a/3", err,
        "  % Total    % Received\n 50 3906k   50 1953k    0     0  1693k      0  0:00:02 --:--:--  0:00:02 1692k",
        u"1999872 bytes =0.166667"_s);
    row("curl, any number of addresses", "curl -O http://a/[1-9]", err,
        "  % Total    % Received\n 50 3906k   50 1953k    0     0  1693k      0  0:00:02 --:--:--  0:00:02 1692k",
        u"1999872 bytes"_s);
    row("curl sends", "curl -T f http://a/", err,
        "  % Total    % Received\n 50 3906k    0     0   50 1953k      0  1693k  0:00:02 --:--:--  0:00:02 1692k",
        u"1999872/3999744 bytes =0.5"_s);
    row("curl, a body like its meter", "curl http://a/", out,
        "  % Total    % Received\n 50 3906k   50 1953k    0     0  1693k      0  0:00:02 --:--:--  0:00:02 1692k",
        u"nothing"_s);
    row("wget -r has no whole", "wget -r http://a/", err, "    50K .......... ..........  3% 1.16M 1s\n",
        u"51200 bytes"_s);
    row("wget -O with letters", "wget -Omirror http://a/", err, "    50K .......... ..........  3% 1.16M 1s\n",
        u"51200 bytes =0.03"_s);
    row("apt, translated", "apt-get install x", out,
        "0 aktualisiert, 1 neu installiert, 0 zu entfernen und 132 nicht aktualisiert.\nEntpacken von x (1) ...\r\n"
        "x (1) wird eingerichtet ...\r\n",
        u"50/100 percent =0.5 'x (1) wird eingerichtet'"_s);
    row("pv, an error", "pv f", err, "pv: f: No such file or directory\n", u"nothing"_s);
    row("pv, a name", "pv -N in f", err, "       in: 1.00MiB 0:00:01 [1.00MiB/s] [==>    ] 50% ETA 0:00:01\r",
        u"1048576 bytes =0.5"_s, "");
}

void TestToolAdapter::streams()
{
    QFETCH(QStringList, argv);
    QFETCH(Stream, stream);
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, shown);
    QFETCH(QString, newest);
    const auto read = [&](const std::vector<QByteArray> &pieces) {
        return outcome(*adaptCommand(argv, false).adapter, stream, pieces);
    };
    const Outcome whole = read({bytes});
    QCOMPARE(whole.newest, newest);
    QCOMPARE(whole.shown, shown.isNull() ? bytes : shown);
    QVERIFY(read(byteByByte(bytes)) == whole);
}

void TestToolAdapter::heldBackOnlyAsLongAsNeeded()
{
    const auto adapter = adaptCommand({u"rsync"_s, u"a"_s, u"b"_s}, false).adapter;
    QCOMPARE(adapter->read(Stream::Out, "Password: ").shown, "Password: ");
    QCOMPARE(adapter->read(Stream::Out, "\n  1").shown, "\n");
    QCOMPARE(adapter->read(Stream::Out, "2 monkeys\nx\r").shown, "  12 monkeys\nx\r");
    QCOMPARE(adapter->read(Stream::Out, "\n").shown, "\n");
    QCOMPARE(adapter->read(Stream::Err, "  7").shown, "");
    QCOMPARE(adapter->finish(Stream::Err).shown, "  7");
    QCOMPARE(adapter->finish(Stream::Out).shown, "");
}

static const std::vector<QStringList> &everyTool()
{
    static const std::vector<QStringList> commands = {
        words("rsync a b"),
        words("rsync --progress a b"),
        words("restic backup d"),
        words("restic backup --json d"),
        words("borg create r d"),
        words("ffmpeg -i a -i b c"),
        words("curl -o f http://a/"),
        words("curl -Z http://a/"),
        words("wget http://a/"),
        words("apt-get install x"),
        words("git clone u"),
        words("yt-dlp u"),
        words("ninja"),
        words("pv f"),
        words("pv -n f"),
        words("tar xf f"),
    };
    return commands;
}

void TestToolAdapter::garbage()
{
    static const std::vector<QByteArray> pieces = {
        "\r",
        "\n",
        "\r\n",
        "\r\r\n",
        " ",
        "  ",
        "0",
        "100",
        "99999999999999999999",
        "-1",
        "1.5",
        "nan",
        "%",
        "% ",
        "% (",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "\"",
        ":",
        "/",
        "...",
        ") ...",
        "K ..........",
        "\x1b[K",
        "\x1b[2K",
        "\x1b",
        "\x1b]0;x",
        "\b",
        "\xc3",
        "\xff",
        QByteArray(1, '\0'),
        "Input #0",
        "Input #-5",
        "Duration: ",
        "00:00:10.00,",
        "N/A",
        "frame=",
        " time=",
        "out_time=",
        "  % Total",
        "DL% UL%",
        "Receiving objects: ",
        "remote: ",
        "50% (1/2)",
        "50% (0/0)",
        "[1/2] ",
        "[0/0] ",
        "[download] ",
        "Destination: ",
        "Downloading item 5 of 0",
        "format(s): a+b",
        " of ",
        "MiB",
        "kB",
        "B O ",
        " N x",
        "Extracting: ",
        "Checking segments ",
        "100.0%",
        "/big/file",
        "[0:00] ",
        "1 / 2 packs",
        "files ",
        ", total ",
        R"({"message_type":"status","total_bytes":-1,"bytes_done":1e300})",
        R"({"type":"progress_percent","current":9,"total":1})",
        "9 a, 9 b, 9 c 9 d.",
        "Get:9 http://a [1 kB]",
        "x (1) y ...",
        "Progress: [ 50%]",
        "80% [Working]",
        "1.00MiB/s",
        " 6,000,000  66%    2.96MB/s    0:00:01 (xfr#1, to-chk=31/33)",
        "(xfr#1, ir-chk=9/3)",
        QByteArray(5000, '7'),
        QByteArray(5000, ' '),
        "#####",
        "--:--:-- ",
        "3906k ",
        "2026-11-21 06:55:25 (1 MB/s) - x [1/1]",
    };
    Random random(11);
    for (const QStringList &argv : everyTool()) {
        for (const bool terminal : {false, true}) {
            for (int round = 0; round < 150; ++round) {
                QByteArray bytes;
                for (qsizetype i = randomBelow(random, 60); i >= 0; --i)
                    bytes += oneOf(random, pieces);
                const Stream stream = terminal ? Stream::Tty : oneOf(random, std::vector{Stream::Out, Stream::Err});
                const Outcome whole = outcome(*adaptCommand(argv, terminal).adapter, stream, {bytes});
                const Outcome cut = outcome(*adaptCommand(argv, terminal).adapter, stream, inPieces(random, bytes));
                // The newest figure may be of a line that was not complete, and then went wrong.
                QCOMPARE(cut.shown, whole.shown);
                QVERIFY(whole.shown.size() <= bytes.size());
            }
        }
    }
}

void TestToolAdapter::longLines()
{
    for (const QStringList &argv : everyTool()) {
        const auto adapter = adaptCommand(argv, false).adapter;
        for (const Stream stream : {Stream::Out, Stream::Err}) {
            // What is held back of a line without an end is bounded.
            qsizetype in = 0;
            qsizetype shown = 0;
            for (const char c : {'7', ' ', '/'}) {
                for (int i = 0; i < 50; ++i) {
                    const QByteArray piece(1000, c);
                    in += piece.size();
                    shown += adapter->read(stream, piece).shown.size();
                    QVERIFY(in - shown <= 4096);
                }
            }
            shown += adapter->finish(stream).shown.size();
            QCOMPARE(shown, in);
        }
    }
}

void TestToolAdapter::percent_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("newest");
    const auto row = [](const char *name, const QByteArray &bytes, const QString &newest,
                        const QString &pattern = QString::fromUtf16(defaultPercentPattern)) {
        QTest::newRow(name) << pattern << bytes << newest;
    };
    row("a bar", " 45%|####      | 45/100 [00:01<00:01]\r", u"45/100 percent =0.45"_s);
    row("words", "copied 12.5 % of it\n", u"12.5/100 percent =0.125"_s);
    row("the newest", "10%\n20%\r30%", u"30/100 percent =0.3"_s);
    row("colours", "\x1b[32m55%\x1b[0m done\n", u"55/100 percent =0.55"_s);
    row("too much", "250%\n", u"nothing"_s);
    row("a version", "1.2.3%\n", u"nothing"_s);
    row("none", "words\n", u"nothing"_s);
    row("in brackets", "[ 45%] Building CXX object a.o\n", u"45/100 percent =0.45"_s);
    row("own pattern", "step 7 of 9: 33 done\n", u"33/100 percent =0.33"_s, u": (\\d+) done"_s);
    row("own pattern without a group", "at 42\n", u"42/100 percent =0.42"_s, u"\\d+"_s);
    row("own pattern with the sign", "at 42%\n", u"42/100 percent =0.42"_s, u"\\d+%"_s);
    row("a comma", "12,5 fertig\n", u"12.5/100 percent =0.125"_s, u"([\\d,]+) fertig"_s);
    row("a group that did not take part", "at 42\n", u"nothing"_s, u"(x)?\\d+"_s);
    row("no number", "at x\n", u"nothing"_s, u"at (.)"_s);
    row("beyond what is looked at", QByteArray(1000, 'x') + " 5%\n", u"nothing"_s);
}

void TestToolAdapter::percent()
{
    QFETCH(QString, pattern);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, newest);
    QVERIFY(!percentPatternFault(pattern));
    const auto read = [&](const std::vector<QByteArray> &pieces) {
        return outcome(*percentAdapter(pattern), Stream::Out, pieces);
    };
    const Outcome whole = read({bytes});
    QCOMPARE(whole.newest, newest);
    QCOMPARE(whole.shown, bytes);
    QVERIFY(read(byteByByte(bytes)) == whole);
}

void TestToolAdapter::percentPatternFaults()
{
    const auto fault = [](const QString &pattern) { return percentPatternFault(pattern).value_or(u"none"_s); };
    QCOMPARE(fault(u"(\\d+)%"_s), u"none"_s);
    QCOMPARE(fault(QString::fromUtf16(defaultPercentPattern)), u"none"_s);
    QCOMPARE(fault(QString()), u"the pattern is empty"_s);
    QCOMPARE(fault(QString(1001, u'x')), u"the pattern has 1001 characters where at most 1000 may be"_s);
    QCOMPARE(fault(u"a(b"_s), u"the pattern \"a(b\" is not valid at character 4: missing closing parenthesis"_s);
    QCOMPARE(outcome(*percentAdapter(u"a(b"_s), Stream::Out, {"5%\n"}).newest, u"nothing"_s);
}

void TestToolAdapter::percentPatternDoesNotHang()
{
    const QByteArray line = QByteArray(10'000, 'a') + '\n' + QByteArray(4000, 'a') + "!\n";
    for (const char16_t *pattern : {u"^(a+)+$", u"(a|aa)+$", u"(.*)*(.*)*x", u"(?:a?){50}a{500}b", u"^((?1)?a)+%$"}) {
        QVERIFY(!percentPatternFault(QString::fromUtf16(pattern)));
        const auto adapter = percentAdapter(QString::fromUtf16(pattern));
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 20; ++i)
            QCOMPARE(adapter->read(Stream::Out, line).shown, line);
        QVERIFY2(timer.elapsed() < 5000, "a line takes very long"); // unlimited, it takes ages
    }
}

void TestToolAdapter::tarReads()
{
    QTemporaryDir dir;
    const QString path = dir.filePath(u"sample.tar"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.resize(1000));
    file.close();
    // This program takes tar's place: what it has open, and where it stands in it.
    const auto adapter = adaptCommand({u"tar"_s, u"-xf"_s, path}, false).adapter;
    QVERIFY(adapter->pollIntervalMs() > 0);
    const qint64 self = QCoreApplication::applicationPid();
    QCOMPARE(text(adapter->poll(self)), u"nothing"_s);
    const int writes = ::open(qPrintable(path), O_WRONLY | O_CLOEXEC);
    QCOMPARE(text(adapter->poll(self)), u"nothing"_s);
    const int reads = ::open(qPrintable(path), O_RDONLY | O_CLOEXEC);
    QCOMPARE(text(adapter->poll(self)), u"0/1000 bytes =0"_s);
    ::lseek(reads, 250, SEEK_SET);
    QCOMPARE(text(adapter->poll(self)), u"250/1000 bytes =0.25"_s);
    ::lseek(reads, 5000, SEEK_SET);
    QCOMPARE(text(adapter->poll(self)), u"1000/1000 bytes =0.999"_s);
    QCOMPARE(text(adapter->poll(-1)), u"nothing"_s);
    QCOMPARE(text(adapter->poll(0)), u"nothing"_s);
    ::close(writes);

    const auto creates = [&](const QStringList &args) {
        return text(adaptCommand(QStringList(u"tar"_s) + args, false).adapter->poll(self));
    };
    ::lseek(reads, 500, SEEK_SET);
    QCOMPARE(creates({u"cf"_s, u"out.tar"_s, path}), u"500/1000 bytes =0.5"_s);
    QCOMPARE(creates({u"-c"_s, u"-C"_s, dir.path(), u"--file=out.tar"_s, u"sample.tar"_s}), u"500/1000 bytes =0.5"_s);
    QCOMPARE(creates({u"-cf"_s, u"out.tar"_s, u"-C"_s, dir.path(), u"."_s}), u"nothing"_s);
    ::close(reads);
    QCOMPARE(adapter->read(Stream::Out, "a 50%\r").shown, "a 50%\r");
}

QTEST_GUILESS_MAIN(TestToolAdapter)
#include "tst_tool_adapter.moc"
