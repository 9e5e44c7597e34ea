<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ja" sourcelanguage="en">
<context>
    <name>JobView</name>
    <message>
        <source>Step</source>
        <translation>ステップ</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>ホスト</translation>
    </message>
    <message>
        <source>%1 failed: %2</source>
        <comment>step, reason</comment>
        <translation>%1 が失敗: %2</translation>
    </message>
</context>
<context>
    <name>NotificationPolicy</name>
    <message>
        <source>%1 on %2</source>
        <comment>a job on a host</comment>
        <translation>%2 の %1</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>、</translation>
    </message>
    <message>
        <source>Show Output</source>
        <translation>出力を表示</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>キャンセル</translation>
    </message>
    <message numerus="yes">
        <source>%1 of %n jobs</source>
        <translation>
            <numerusform>ジョブ %n 件中 %1 件終了</numerusform>
        </translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>kind of jobs: so many of them</comment>
        <translation>%1: %2</translation>
    </message>
    <message numerus="yes">
        <source>%n failed</source>
        <translation>
            <numerusform>%n 件失敗</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 succeeded on %2</source>
        <translation>%2 の %1 が成功しました</translation>
    </message>
    <message>
        <source>%1 succeeded</source>
        <translation>%1 が成功しました</translation>
    </message>
    <message>
        <source>%1 succeeded on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%2 の %1 が成功しました (所要時間 %3)</translation>
    </message>
    <message>
        <source>%1 succeeded after %2</source>
        <comment>job, duration</comment>
        <translation>%1 が成功しました (所要時間 %2)</translation>
    </message>
    <message>
        <source>%1 was interrupted on %2</source>
        <comment>job, host</comment>
        <translation>%2 の %1 が中断されました</translation>
    </message>
    <message>
        <source>%1 was interrupted</source>
        <translation>%1 が中断されました</translation>
    </message>
    <message>
        <source>%1 timed out on %2</source>
        <comment>job, host</comment>
        <translation>%2 の %1 がタイムアウトしました</translation>
    </message>
    <message>
        <source>%1 failed on %2</source>
        <comment>job, host</comment>
        <translation>%2 の %1 が失敗しました</translation>
    </message>
    <message>
        <source>%1 timed out</source>
        <translation>%1 がタイムアウトしました</translation>
    </message>
    <message>
        <source>%1 failed</source>
        <translation>%1 が失敗しました</translation>
    </message>
    <message>
        <source>%1 timed out on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%2 の %1 が %3後にタイムアウトしました</translation>
    </message>
    <message>
        <source>%1 failed on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%2 の %1 が %3後に失敗しました</translation>
    </message>
    <message>
        <source>%1 timed out after %2</source>
        <comment>job, duration</comment>
        <translation>%1 が %2後にタイムアウトしました</translation>
    </message>
    <message>
        <source>%1 failed after %2</source>
        <comment>job, duration</comment>
        <translation>%1 が %2後に失敗しました</translation>
    </message>
    <message>
        <source>%1 timed out at %2 on %3 after %4</source>
        <comment>job, step, host, duration</comment>
        <translation>%3 の %1 が %4後に %2 でタイムアウトしました</translation>
    </message>
    <message>
        <source>%1 failed at %2 on %3 after %4</source>
        <comment>job, step, host, duration</comment>
        <translation>%3 の %1 が %4後に %2 で失敗しました</translation>
    </message>
    <message>
        <source>%1 timed out at %2 after %3</source>
        <comment>job, step, duration</comment>
        <translation>%1 が %3後に %2 でタイムアウトしました</translation>
    </message>
    <message>
        <source>%1 failed at %2 after %3</source>
        <comment>job, step, duration</comment>
        <translation>%1 が %3後に %2 で失敗しました</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>再試行</translation>
    </message>
    <message>
        <source>Retry from Here</source>
        <translation>ここから再試行</translation>
    </message>
    <message numerus="yes">
        <source>%n succeeded</source>
        <translation>
            <numerusform>%n 件成功</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cancelled</source>
        <translation>
            <numerusform>%n 件キャンセル</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n skipped</source>
        <translation>
            <numerusform>%n 件スキップ</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n jobs on %1 finished</source>
        <translation>
            <numerusform>%1 のジョブ %n 件が終了しました</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n jobs finished</source>
        <translation>
            <numerusform>ジョブ %n 件が終了しました</numerusform>
        </translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>200 jobs finished: how</comment>
        <translation>%1: %2</translation>
    </message>
    <message numerus="yes">
        <source>%1 and %n more</source>
        <translation>
            <numerusform>%1 ほか %n 件</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>%1 s</source>
        <comment>seconds on an axis</comment>
        <translation>%1 秒</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>queued</source>
        <translation>待機中</translation>
    </message>
    <message>
        <source>held</source>
        <translation>保留中</translation>
    </message>
    <message>
        <source>running</source>
        <translation>実行中</translation>
    </message>
    <message>
        <source>pausing</source>
        <translation>一時停止処理中</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>一時停止中</translation>
    </message>
    <message>
        <source>cancelling</source>
        <translation>キャンセル処理中</translation>
    </message>
    <message>
        <source>succeeded</source>
        <translation>成功</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失敗</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>キャンセル済み</translation>
    </message>
    <message>
        <source>timed out</source>
        <translation>タイムアウト</translation>
    </message>
    <message>
        <source>skipped</source>
        <translation>スキップ</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>中断</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 分 %2 秒</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 時間 %2 分</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 分</translation>
    </message>
    <message>
        <source>%1 h</source>
        <translation>%1 時間</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>たった今</translation>
    </message>
    <message numerus="yes">
        <source>%n days ago</source>
        <translation>
            <numerusform>%n 日前</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 ago</source>
        <comment>a duration</comment>
        <translation>%1前</translation>
    </message>
    <message>
        <source>~%1 left</source>
        <translation>残り約 %1</translation>
    </message>
    <message>
        <source>~%1 %</source>
        <translation>約 %1%</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1%</translation>
    </message>
    <message>
        <source>#%1 in the queue</source>
        <translation>キューの %1 番目</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>error: last line</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>quiet for %1</source>
        <translation>%1前から動きなし</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>、</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>failed: why</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>failed: name of a step</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>%1 on %2</source>
        <comment>a job on a host</comment>
        <translation>%2 の %1</translation>
    </message>
</context>
<context>
    <name>stepwire::BackgroundStatus</name>
    <message>
        <source>No job runs</source>
        <translation>実行中のジョブはありません</translation>
    </message>
    <message numerus="yes">
        <source>%n jobs</source>
        <translation>
            <numerusform>ジョブ %n 件</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1%</translation>
    </message>
    <message>
        <source>~%1 left</source>
        <translation>残り約 %1</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>、</translation>
    </message>
    <message>
        <source>Jobs go on while the window is hidden.</source>
        <translation>ウィンドウを隠している間もジョブは続きます。</translation>
    </message>
</context>
<context>
    <name>stepwire::DesktopApp</name>
    <message>
        <source>The window that is open already was raised.</source>
        <translation>すでに開いているウィンドウを前面に表示しました。</translation>
    </message>
    <message>
        <source>There is no translation to “%1”, which [window] language of config.toml names.</source>
        <translation>config.toml の [window] language が指定する「%1」の翻訳はありません。</translation>
    </message>
    <message>
        <source>Quit Stepwire</source>
        <translation>Stepwire を終了</translation>
    </message>
    <message numerus="yes">
        <source>%n jobs are running in this program.</source>
        <translation>
            <numerusform>このプログラムで %n 件のジョブを実行中です。</numerusform>
        </translation>
    </message>
    <message>
        <source>They end with it. A job that was interrupted can be retried later.</source>
        <translation>プログラムとともにジョブも終了します。中断されたジョブは後で再試行できます。</translation>
    </message>
    <message>
        <source>Keep Running in the &amp;Tray</source>
        <translation>トレイで実行を続ける(&amp;T)</translation>
    </message>
    <message>
        <source>Keep Running, &amp;Minimised</source>
        <translation>最小化して実行を続ける(&amp;M)</translation>
    </message>
    <message>
        <source>Quit &amp;When They Have Ended</source>
        <translation>ジョブが終わったら終了(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Cancel the Jobs and Quit</source>
        <translation>ジョブをキャンセルして終了(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Stay</source>
        <translation>終了しない(&amp;S)</translation>
    </message>
    <message>
        <source>About Stepwire</source>
        <translation>Stepwire について</translation>
    </message>
    <message>
        <source>Stepwire %1</source>
        <translation>Stepwire %1</translation>
    </message>
    <message>
        <source>Runs pipelines and commands and shows how far they are, everywhere at once.</source>
        <translation>パイプラインやコマンドを実行し、その進み具合をあらゆる場所で同時に表示します。</translation>
    </message>
    <message>
        <source>There is no tray to start hidden in, so the window is shown.</source>
        <translation>隠して起動するためのトレイがないため、ウィンドウを表示します。</translation>
    </message>
    <message numerus="yes">
        <source>%n more wait. When the others have ended these go on without the window; after a cancel they are held.</source>
        <translation>
            <numerusform>ほかに %n 件が待機しています。ほかのジョブが終わると、ウィンドウなしで続行します。キャンセルした場合は保留されます。</numerusform>
        </translation>
    </message>
    <message>
        <source>Stepwire quits when the jobs have ended.</source>
        <translation>ジョブが終わると Stepwire は終了します。</translation>
    </message>
    <message numerus="yes">
        <source>No hub could take over what waits: %n jobs stay held.</source>
        <translation>
            <numerusform>待機中のジョブを引き継げるハブがありません: %n 件は保留のままです。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::FreedesktopNotifier</name>
    <message>
        <source>The desktop&apos;s notifications do not answer, so the end of jobs is not told there.</source>
        <translation>デスクトップの通知サービスが応答しないため、ジョブの終了を通知できません。</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>、</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>notification in one line</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>表示</translation>
    </message>
    <message>
        <source>Stepwire</source>
        <translation>Stepwire</translation>
    </message>
    <message>
        <source>No notification service runs, so the end of jobs is not told on the desktop.</source>
        <translation>通知サービスが動作していないため、ジョブの終了をデスクトップで通知できません。</translation>
    </message>
</context>
<context>
    <name>stepwire::HostForm</name>
    <message>
        <source>Add a host</source>
        <translation>ホストを追加</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>名前(&amp;N):</translation>
    </message>
    <message>
        <source>What it is called here.</source>
        <translation>ここでの呼び名。</translation>
    </message>
    <message>
        <source>A&amp;ddress:</source>
        <translation>アドレス(&amp;D):</translation>
    </message>
    <message>
        <source>user@host for SSH, wss://host:port for a WebSocket, or the path of a hub&apos;s socket.</source>
        <translation>SSH は user@host、WebSocket は wss://host:port、またはハブのソケットのパス。</translation>
    </message>
    <message>
        <source>&amp;Program there:</source>
        <translation>接続先のプログラム(&amp;P):</translation>
    </message>
    <message>
        <source>What SSH calls there when it is not “stepwire”.</source>
        <translation>SSH が接続先で呼び出すもの（「stepwire」でない場合）。</translation>
    </message>
    <message>
        <source>&amp;Token:</source>
        <translation>トークン(&amp;T):</translation>
    </message>
    <message>
        <source>Its hub&apos;s file “token”, or “token.read” to look only.</source>
        <translation>接続先のハブのファイル「token」、見るだけなら「token.read」。</translation>
    </message>
    <message>
        <source>&amp;Certificate:</source>
        <translation>証明書(&amp;C):</translation>
    </message>
    <message>
        <source>SHA-256 of its certificate, where no authority vouches for it.</source>
        <translation>認証局の保証がない場合の、証明書の SHA-256。</translation>
    </message>
</context>
<context>
    <name>stepwire::HostsPage</name>
    <message>
        <source>&amp;Add a host…</source>
        <translation>ホストを追加(&amp;A)…</translation>
    </message>
    <message>
        <source>Add a ser&amp;ver…</source>
        <translation>サーバーを追加(&amp;V)…</translation>
    </message>
    <message>
        <source>Re&amp;move…</source>
        <translation>削除(&amp;M)…</translation>
    </message>
    <message>
        <source>Jobs of other machines, and of other systems&apos; servers, are shown beside those of this one.</source>
        <translation>ほかのマシンやほかのシステムのサーバーのジョブも、このマシンのジョブと並べて表示されます。</translation>
    </message>
    <message>
        <source>Hosts and servers</source>
        <translation>ホストとサーバー</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名前</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>アドレス</translation>
    </message>
    <message>
        <source>Standing</source>
        <translation>状態</translation>
    </message>
    <message>
        <source>connecting…</source>
        <translation>接続中…</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>接続済み</translation>
    </message>
    <message>
        <source>lost %1</source>
        <comment>4 min ago</comment>
        <translation>切断: %1</translation>
    </message>
    <message>
        <source>lost</source>
        <translation>切断</translation>
    </message>
    <message>
        <source>shown already</source>
        <translation>すでに表示中</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>how a host is, why</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>kind of a server, its address</comment>
        <translation>%1、%2</translation>
    </message>
    <message>
        <source>%1, %2, %3</source>
        <comment>a host, its address, how it is</comment>
        <translation>%1、%2、%3</translation>
    </message>
    <message>
        <source>There is no hub to ask at the moment.</source>
        <translation>現在、問い合わせできるハブがありません。</translation>
    </message>
    <message>
        <source>There are none yet.</source>
        <translation>まだありません。</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>a host, why it is lost</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>The hub knows no kinds of servers.</source>
        <translation>ハブが知っているサーバーの種類はありません。</translation>
    </message>
    <message>
        <source>“%1” is kept, but shows nothing: %2.</source>
        <translation>「%1」は保存されましたが、何も表示しません: %2。</translation>
    </message>
    <message>
        <source>“%1” is kept and tried again, but cannot be reached now: %2.</source>
        <translation>「%1」は保存され再試行されますが、今は接続できません: %2。</translation>
    </message>
    <message>
        <source>“%1” was added.</source>
        <translation>「%1」を追加しました。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>削除</translation>
    </message>
    <message>
        <source>Remove “%1”?</source>
        <translation>「%1」を削除しますか？</translation>
    </message>
    <message>
        <source>Its jobs go on there, but are shown here no more.</source>
        <translation>ジョブは接続先で続きますが、ここには表示されなくなります。</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>削除(&amp;R)</translation>
    </message>
</context>
<context>
    <name>stepwire::HubForm</name>
    <message>
        <source>&amp;Add</source>
        <translation>追加(&amp;A)</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>表示</translation>
    </message>
    <message>
        <source>Show %1</source>
        <comment>what is secret, as the token</comment>
        <translation>%1を表示</translation>
    </message>
    <message>
        <source>This is needed.</source>
        <translation>入力してください。</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>接続中…</translation>
    </message>
</context>
<context>
    <name>stepwire::JobActions</name>
    <message>
        <source>“%1” was taken out of the queue</source>
        <translation>「%1」をキューから取り除きました</translation>
    </message>
    <message>
        <source>“%1” is held</source>
        <translation>「%1」を保留しました</translation>
    </message>
    <message>
        <source>“%1” was moved</source>
        <translation>「%1」を移動しました</translation>
    </message>
    <message numerus="yes">
        <source>%n waiting jobs are held, what comes next is not</source>
        <translation>
            <numerusform>待機中のジョブ %n 件を保留しました。後から来るものは対象外です</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::JobListModel</name>
    <message>
        <source>Running</source>
        <translation>実行中</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>待機中</translation>
    </message>
    <message>
        <source>Held / paused</source>
        <translation>保留中/一時停止中</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今日</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>昨日</translation>
    </message>
    <message>
        <source>dddd d MMMM</source>
        <comment>a day: QLocale&apos;s letters</comment>
        <translation>M月d日 dddd</translation>
    </message>
    <message>
        <source>dddd d MMMM yyyy</source>
        <comment>a day of another year: QLocale&apos;s letters</comment>
        <translation>yyyy年M月d日 dddd</translation>
    </message>
    <message>
        <source>%1 / %2</source>
        <comment>a job and one that a step of it started</comment>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>part of %1</source>
        <comment>a job</comment>
        <translation>%1 の一部</translation>
    </message>
    <message>
        <source>took %1</source>
        <translation>所要時間 %1</translation>
    </message>
    <message>
        <source>last seen %1</source>
        <translation>最終確認: %1</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>、</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>a group of jobs, how many</comment>
        <translation>%1 (%2)</translation>
    </message>
    <message numerus="yes">
        <source>%1, %n jobs</source>
        <comment>a group of jobs</comment>
        <translation>
            <numerusform>%1、ジョブ %n 件</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::JobListView</name>
    <message>
        <source>here</source>
        <comment>on this host</comment>
        <translation>このホスト</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>failed: a step, why</comment>
        <translation>%1、%2</translation>
    </message>
    <message>
        <source>waits for %1</source>
        <translation>%1 待ち</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>#1 in the queue, waits for a thing</comment>
        <translation>%1、%2</translation>
    </message>
    <message>
        <source>last seen %1</source>
        <comment>4 min ago</comment>
        <translation>最終確認: %1</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>ジョブ</translation>
    </message>
    <message>
        <source>No jobs yet</source>
        <translation>ジョブはまだありません</translation>
    </message>
    <message>
        <source>No jobs on %1</source>
        <translation>%1 にジョブはありません</translation>
    </message>
    <message>
        <source>No job matches “%1”</source>
        <translation>「%1」に一致するジョブはありません</translation>
    </message>
    <message>
        <source>No job on %1 matches “%2”</source>
        <translation>%1 に「%2」と一致するジョブはありません</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>一時停止(&amp;P)</translation>
    </message>
    <message>
        <source>Pause &amp;after this step</source>
        <translation>現在のステップの後で一時停止(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>再開(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation>保留(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Release</source>
        <translation>保留を解除(&amp;L)</translation>
    </message>
    <message>
        <source>Move &amp;up in the queue</source>
        <translation>キュー内で上へ移動(&amp;U)</translation>
    </message>
    <message>
        <source>Move &amp;down in the queue</source>
        <translation>キュー内で下へ移動(&amp;D)</translation>
    </message>
    <message>
        <source>Re&amp;try</source>
        <translation>再試行(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>キャンセル(&amp;C)</translation>
    </message>
    <message>
        <source>Take &amp;out of the queue</source>
        <translation>キューから取り除く(&amp;O)</translation>
    </message>
    <message>
        <source>Copy r&amp;eport</source>
        <translation>レポートをコピー(&amp;E)</translation>
    </message>
</context>
<context>
    <name>stepwire::JobPane</name>
    <message>
        <source>Parts of the job</source>
        <translation>ジョブの各部分</translation>
    </message>
    <message>
        <source>&amp;Steps</source>
        <translation>ステップ(&amp;S)</translation>
    </message>
    <message>
        <source>T&amp;imeline</source>
        <translation>タイムライン(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Output</source>
        <translation>出力(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>詳細(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>キャンセル(&amp;C)</translation>
    </message>
    <message>
        <source>End this job</source>
        <translation>このジョブを終了します</translation>
    </message>
    <message>
        <source>&amp;Pause Now</source>
        <translation>今すぐ一時停止(&amp;P)</translation>
    </message>
    <message>
        <source>Pause &amp;After This Step</source>
        <translation>現在のステップの後で一時停止(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>再開(&amp;R)</translation>
    </message>
    <message>
        <source>Re&amp;try</source>
        <translation>再試行(&amp;T)</translation>
    </message>
    <message>
        <source>Run again what did not succeed</source>
        <translation>成功しなかった部分を再実行します</translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation>保留(&amp;H)</translation>
    </message>
    <message>
        <source>Keep this job in the queue until it is released</source>
        <translation>保留を解除するまでこのジョブをキューにとどめます</translation>
    </message>
    <message>
        <source>Re&amp;lease</source>
        <translation>保留を解除(&amp;L)</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>what a button does, its keys</comment>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>一時停止(&amp;P)</translation>
    </message>
    <message>
        <source>Job</source>
        <translation>ジョブ</translation>
    </message>
    <message>
        <source>How far it is</source>
        <translation>進み具合</translation>
    </message>
    <message>
        <source>Progress of the job</source>
        <translation>ジョブの進捗</translation>
    </message>
    <message>
        <source>State of the job</source>
        <translation>ジョブの状態</translation>
    </message>
    <message>
        <source>Age of what is shown</source>
        <translation>表示内容の時点</translation>
    </message>
    <message>
        <source>What can be done</source>
        <translation>可能な操作</translation>
    </message>
    <message>
        <source>What went wrong</source>
        <translation>問題の内容</translation>
    </message>
    <message>
        <source>Last line of output</source>
        <translation>出力の最終行</translation>
    </message>
    <message>
        <source>Sho&amp;w Output</source>
        <translation>出力を表示(&amp;W)</translation>
    </message>
    <message>
        <source>Retry &amp;from Here</source>
        <translation>ここから再試行(&amp;F)</translation>
    </message>
    <message>
        <source>Cop&amp;y Report</source>
        <translation>レポートをコピー(&amp;Y)</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>コピーしました</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>詳細</translation>
    </message>
    <message>
        <source>Choose a job to see its steps and its output.</source>
        <translation>ジョブを選択すると、そのステップと出力が表示されます。</translation>
    </message>
    <message>
        <source>This job is no longer known.</source>
        <translation>このジョブはもう存在しません。</translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <comment>a job, its host</comment>
        <translation>%1 · %2</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>、</translation>
    </message>
    <message>
        <source>waits for %1</source>
        <translation>%1 待ち</translation>
    </message>
    <message>
        <source>attempt %1</source>
        <translation>試行 %1 回目</translation>
    </message>
    <message>
        <source>started %1</source>
        <comment>a date and time</comment>
        <translation>%1 開始</translation>
    </message>
    <message>
        <source>took %1</source>
        <comment>a duration</comment>
        <translation>所要時間 %1</translation>
    </message>
    <message>
        <source>for %1</source>
        <comment>a duration</comment>
        <translation>%1経過</translation>
    </message>
    <message>
        <source>since %1</source>
        <comment>a date and time</comment>
        <translation>%1 から</translation>
    </message>
    <message>
        <source>The hub cannot be reached, what is shown is from %1</source>
        <comment>4 min ago</comment>
        <translation>ハブに接続できません。表示内容は %1のものです</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>a sentence, a reason</comment>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>%1 on %2</source>
        <comment>failed on a host</comment>
        <translation>%2 で%1</translation>
    </message>
    <message>
        <source>%1 %2 on %3</source>
        <comment>a step failed on a host</comment>
        <translation>%3 で %1 が%2</translation>
    </message>
    <message>
        <source>%1 after %2</source>
        <comment>failed, a duration</comment>
        <translation>%1 (所要時間 %2)</translation>
    </message>
    <message>
        <source>Pipeline</source>
        <translation>パイプライン</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>コマンド</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>グループ</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>提供元</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>ホスト</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>キュー登録</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>開始</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>終了</translation>
    </message>
    <message>
        <source>Part of</source>
        <translation>親ジョブ</translation>
    </message>
    <message>
        <source>Id</source>
        <translation>ID</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>パラメーター</translation>
    </message>
    <message>
        <source>Facts</source>
        <translation>情報</translation>
    </message>
    <message>
        <source>%1:</source>
        <comment>name of a fact</comment>
        <translation>%1:</translation>
    </message>
    <message>
        <source>Show &amp;Output</source>
        <translation>出力を表示(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Retry from Here</source>
        <translation>ここから再試行(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Cancel This Step</source>
        <translation>このステップをキャンセル(&amp;C)</translation>
    </message>
    <message>
        <source>%1 cannot be reached, what is shown is from %2</source>
        <comment>a host, 4 min ago</comment>
        <translation>%1 に接続できません。表示内容は %2 のものです</translation>
    </message>
</context>
<context>
    <name>stepwire::JobViewServer</name>
    <message>
        <source>job of %1</source>
        <comment>a program</comment>
        <translation>%1 のジョブ</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>a program: what it does</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>failed with error %1</source>
        <translation>エラー %1 で失敗しました</translation>
    </message>
    <message>
        <source>%1 ended without saying how it went</source>
        <comment>a program</comment>
        <translation>%1 は結果を報告せずに終了しました</translation>
    </message>
</context>
<context>
    <name>stepwire::MainWindow</name>
    <message>
        <source>Stepwire</source>
        <translation>Stepwire</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>元に戻す(&amp;U)</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>元に戻す</translation>
    </message>
    <message>
        <source>Search…</source>
        <translation>検索…</translation>
    </message>
    <message>
        <source>Search jobs</source>
        <translation>ジョブを検索</translation>
    </message>
    <message>
        <source>Hosts</source>
        <translation>ホスト</translation>
    </message>
    <message>
        <source>All hosts</source>
        <translation>すべてのホスト</translation>
    </message>
    <message>
        <source>Stepwi&amp;re</source>
        <translation>Stepwi&amp;re</translation>
    </message>
    <message>
        <source>&amp;Run…</source>
        <translation>実行(&amp;R)…</translation>
    </message>
    <message>
        <source>Run a pipeline or a command (Ctrl+N)</source>
        <translation>パイプラインまたはコマンドを実行します (Ctrl+N)</translation>
    </message>
    <message>
        <source>Run a &amp;Command…</source>
        <translation>コマンドを実行(&amp;C)…</translation>
    </message>
    <message>
        <source>Se&amp;ttings…</source>
        <translation>設定(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;Close Window</source>
        <translation>ウィンドウを閉じる(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>終了(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Job</source>
        <translation>ジョブ(&amp;J)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>表示(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Search Jobs</source>
        <translation>ジョブを検索(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Jobs</source>
        <translation>ジョブ(&amp;J)</translation>
    </message>
    <message>
        <source>S&amp;teps</source>
        <translation>ステップ(&amp;T)</translation>
    </message>
    <message>
        <source>Time&amp;line</source>
        <translation>タイムライン(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Output</source>
        <translation>出力(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>詳細(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>ヘルプ(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;About Stepwire</source>
        <translation>Stepwire について(&amp;A)</translation>
    </message>
    <message>
        <source>Main toolbar</source>
        <translation>メインツールバー</translation>
    </message>
    <message numerus="yes">
        <source>%n running</source>
        <translation>
            <numerusform>%n 件実行中</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n 件待機中</numerusform>
        </translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>、</translation>
    </message>
    <message>
        <source>◌ looking for a hub</source>
        <translation>◌ ハブを探しています</translation>
    </message>
    <message>
        <source>There is no hub yet: %1. Trying again.</source>
        <translation>ハブがまだありません: %1。再試行しています。</translation>
    </message>
    <message>
        <source>● %1</source>
        <translation>● %1</translation>
    </message>
    <message>
        <source>The hub lives in this window&apos;s program.</source>
        <translation>ハブはこのウィンドウのプログラム内で動作しています。</translation>
    </message>
    <message>
        <source>The hub is a program of its own; this window may be closed.</source>
        <translation>ハブは独立したプログラムです。このウィンドウは閉じてもかまいません。</translation>
    </message>
    <message>
        <source>What happens is not kept at the moment: %1.</source>
        <translation>現在、発生したことが保存されていません: %1。</translation>
    </message>
    <message>
        <source>◌ %1, last seen %2</source>
        <translation>◌ %1、最終確認: %2</translation>
    </message>
    <message>
        <source>The hub does not answer: %1. What is shown is as it was %2.</source>
        <translation>ハブが応答しません: %1。表示内容は %2の状態です。</translation>
    </message>
    <message>
        <source>%1 (lost)</source>
        <comment>a host</comment>
        <translation>%1（切断）</translation>
    </message>
    <message>
        <source>◌ %1</source>
        <translation>◌ %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>a host, why it is lost</comment>
        <translation>%1: %2</translation>
    </message>
    <message numerus="yes">
        <source>● %n hosts</source>
        <comment>connected</comment>
        <translation>
            <numerusform>● %n 台のホスト</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>◌ %n lost</source>
        <comment>hosts</comment>
        <translation>
            <numerusform>◌ %n 台切断</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 is lost: %2</source>
        <comment>a host</comment>
        <translation>%1 が切断されました: %2</translation>
    </message>
    <message>
        <source>%1 is back</source>
        <comment>a host</comment>
        <translation>%1 が復帰しました</translation>
    </message>
</context>
<context>
    <name>stepwire::OutputPane</name>
    <message>
        <source>Output</source>
        <translation>出力</translation>
    </message>
    <message>
        <source>Jump to end</source>
        <translation>末尾に移動</translation>
    </message>
    <message>
        <source>Jump to the end and stay there (Ctrl+End)</source>
        <translation>末尾に移動して追従します (Ctrl+End)</translation>
    </message>
    <message>
        <source>… %1 left out</source>
        <translation>… %1 を省略</translation>
    </message>
    <message>
        <source>%1, attempt %2</source>
        <translation>%1、試行 %2 回目</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message numerus="yes">
        <source>%n earlier line(s) not shown</source>
        <translation>
            <numerusform>これより前の %n 行は表示されません</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Open %1</source>
        <translation>%1 を開く(&amp;O)</translation>
    </message>
    <message>
        <source>Copy &amp;address</source>
        <translation>アドレスをコピー(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>コピー(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Select all</source>
        <translation>すべて選択(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Find…</source>
        <translation>検索(&amp;F)…</translation>
    </message>
    <message>
        <source>There was no output.</source>
        <translation>出力はありませんでした。</translation>
    </message>
    <message>
        <source>No output yet.</source>
        <translation>出力はまだありません。</translation>
    </message>
</context>
<context>
    <name>stepwire::OutputView</name>
    <message>
        <source>Step</source>
        <translation>ステップ</translation>
    </message>
    <message>
        <source>&amp;Output of</source>
        <translation>出力元(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Find</source>
        <translation>検索(&amp;F)</translation>
    </message>
    <message>
        <source>Search in the output (Ctrl+F)</source>
        <translation>出力内を検索します (Ctrl+F)</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>コピー(&amp;C)</translation>
    </message>
    <message>
        <source>Copy what is selected, or all of the output</source>
        <translation>選択した部分、または出力全体をコピーします</translation>
    </message>
    <message>
        <source>Search in the output</source>
        <translation>出力内を検索</translation>
    </message>
    <message>
        <source>Matches</source>
        <translation>一致箇所</translation>
    </message>
    <message>
        <source>&amp;Previous</source>
        <translation>前へ(&amp;P)</translation>
    </message>
    <message>
        <source>The match before (Shift+F3)</source>
        <translation>前の一致箇所 (Shift+F3)</translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation>次へ(&amp;N)</translation>
    </message>
    <message>
        <source>The next match (F3)</source>
        <translation>次の一致箇所 (F3)</translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation>閉じる(&amp;L)</translation>
    </message>
    <message>
        <source>Close the search (Esc)</source>
        <translation>検索を閉じます (Esc)</translation>
    </message>
    <message>
        <source>Output of %1</source>
        <translation>%1 の出力</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>出力</translation>
    </message>
    <message>
        <source>All steps</source>
        <translation>すべてのステップ</translation>
    </message>
    <message>
        <source>No matches</source>
        <translation>一致なし</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message numerus="yes">
        <source>%n match(es)</source>
        <translation>
            <numerusform>%n 件一致</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::ParameterForm</name>
    <message>
        <source>(not set)</source>
        <translation>(未設定)</translation>
    </message>
    <message>
        <source>%1 *</source>
        <translation>%1 *</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>参照…</translation>
    </message>
    <message>
        <source>Browse for %1</source>
        <translation>%1 を参照</translation>
    </message>
    <message>
        <source>A &amp;File…</source>
        <translation>ファイル(&amp;F)…</translation>
    </message>
    <message>
        <source>A F&amp;older…</source>
        <translation>フォルダー(&amp;O)…</translation>
    </message>
    <message>
        <source>As the pipeline says</source>
        <translation>パイプラインの設定に従う</translation>
    </message>
    <message>
        <source>Yes</source>
        <translation>はい</translation>
    </message>
    <message>
        <source>No</source>
        <translation>いいえ</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>選択…</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>選択</translation>
    </message>
    <message>
        <source>“%1” is needed.</source>
        <translation>「%1」は必須です。</translation>
    </message>
    <message>
        <source>The value</source>
        <translation>この値</translation>
    </message>
    <message>
        <source>“%1”</source>
        <translation>「%1」</translation>
    </message>
    <message>
        <source>%1 is not a whole number.</source>
        <translation>%1は整数ではありません。</translation>
    </message>
    <message>
        <source>%1 is not a number.</source>
        <translation>%1は数値ではありません。</translation>
    </message>
    <message>
        <source>needed</source>
        <translation>必須</translation>
    </message>
    <message>
        <source>* needed</source>
        <translation>* 必須</translation>
    </message>
</context>
<context>
    <name>stepwire::PortalNotifier</name>
    <message>
        <source>The desktop&apos;s notifications do not answer, so the end of jobs is not told there.</source>
        <translation>デスクトップの通知サービスが応答しないため、ジョブの終了を通知できません。</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>、</translation>
    </message>
</context>
<context>
    <name>stepwire::RunDialog</name>
    <message>
        <source>line %1, column %2: </source>
        <translation>%1 行目、%2 列目: </translation>
    </message>
    <message>
        <source>line %1: </source>
        <translation>%1 行目: </translation>
    </message>
    <message>
        <source>Run</source>
        <translation>実行</translation>
    </message>
    <message>
        <source>Why it was not started</source>
        <translation>開始されなかった理由</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>実行(&amp;R)</translation>
    </message>
    <message>
        <source>Start the job (%1)</source>
        <translation>ジョブを開始します (%1)</translation>
    </message>
    <message>
        <source>Search pipelines</source>
        <translation>パイプラインを検索</translation>
    </message>
    <message>
        <source>Pipelines</source>
        <translation>パイプライン</translation>
    </message>
    <message>
        <source>A command…</source>
        <translation>コマンド…</translation>
    </message>
    <message>
        <source>any program, as a job</source>
        <translation>任意のプログラムをジョブとして実行</translation>
    </message>
    <message>
        <source>&amp;Command</source>
        <translation>コマンド(&amp;C)</translation>
    </message>
    <message>
        <source>A program and its arguments, those with spaces in &quot;double quotes&quot;. No shell reads it; for pipes and wildcards run sh -c &quot;…&quot;.</source>
        <translation>プログラムとその引数です。空白を含む引数は &quot;二重引用符&quot; で囲みます。シェルでは解釈されません。パイプやワイルドカードを使うには sh -c &quot;…&quot; を実行してください。</translation>
    </message>
    <message>
        <source>&amp;Browse…</source>
        <translation>参照(&amp;B)…</translation>
    </message>
    <message>
        <source>Browse for a folder</source>
        <translation>フォルダーを参照</translation>
    </message>
    <message>
        <source>Folder to run in</source>
        <translation>実行するフォルダー</translation>
    </message>
    <message>
        <source>In &amp;folder</source>
        <translation>実行フォルダー(&amp;F)</translation>
    </message>
    <message>
        <source>Where the program starts; the home folder when empty.</source>
        <translation>プログラムを開始する場所です。空欄の場合はホームフォルダーになります。</translation>
    </message>
    <message>
        <source>&amp;More options</source>
        <translation>その他のオプション(&amp;M)</translation>
    </message>
    <message>
        <source>Title of the job</source>
        <translation>ジョブのタイトル</translation>
    </message>
    <message>
        <source>&amp;Title</source>
        <translation>タイトル(&amp;T)</translation>
    </message>
    <message>
        <source>Group whose queue the job waits in</source>
        <translation>ジョブがキューで待機するグループ</translation>
    </message>
    <message>
        <source>Jobs of one group wait for each other</source>
        <translation>同じグループのジョブは互いの終了を待ちます</translation>
    </message>
    <message>
        <source>&amp;Group</source>
        <translation>グループ(&amp;G)</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自動</translation>
    </message>
    <message>
        <source>Steps at once</source>
        <translation>同時に実行するステップ数</translation>
    </message>
    <message>
        <source>&amp;Steps at once</source>
        <translation>同時に実行するステップ数(&amp;S)</translation>
    </message>
    <message>
        <source>Asking for pipelines…</source>
        <translation>パイプラインを問い合わせています…</translation>
    </message>
    <message>
        <source>Pipelines cannot be listed: %1</source>
        <translation>パイプラインを一覧表示できません: %1</translation>
    </message>
    <message>
        <source>There are no pipelines yet. Drop a .toml file here to run it.</source>
        <translation>パイプラインはまだありません。ここに .toml ファイルをドロップすると実行できます。</translation>
    </message>
    <message>
        <source>A command</source>
        <translation>コマンド</translation>
    </message>
    <message>
        <source>Any program becomes a job of one step, with its output, progress and history.</source>
        <translation>どのプログラムも、出力、進捗、履歴を備えた 1 ステップのジョブになります。</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>ほか %n 個</numerusform>
        </translation>
    </message>
    <message>
        <source>Steps: %1</source>
        <translation>ステップ: %1</translation>
    </message>
    <message>
        <source>This pipeline cannot be run:</source>
        <translation>このパイプラインは実行できません:</translation>
    </message>
    <message>
        <source>the command</source>
        <translation>コマンド</translation>
    </message>
    <message>
        <source>A command is needed.</source>
        <translation>コマンドを入力してください。</translation>
    </message>
    <message>
        <source>“%1” is no whole path; one begins with / or ~/.</source>
        <translation>「%1」は完全なパスではありません。完全なパスは / または ~/ で始まります。</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>開始しています…</translation>
    </message>
    <message>
        <source>The pipeline has faults:</source>
        <translation>パイプラインに誤りがあります:</translation>
    </message>
    <message>
        <source>“%1” takes no file.</source>
        <translation>「%1」はファイルを受け取りません。</translation>
    </message>
    <message>
        <source>What is run</source>
        <translation>実行する内容</translation>
    </message>
    <message>
        <source>Host to run on</source>
        <translation>実行するホスト</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>このマシン</translation>
    </message>
    <message>
        <source>&amp;On</source>
        <translation>ホスト(&amp;O)</translation>
    </message>
    <message>
        <source>There are no pipelines on %1.</source>
        <translation>%1 にはパイプラインがありません。</translation>
    </message>
</context>
<context>
    <name>stepwire::SessionBus</name>
    <message>
        <source>There is no message bus, so the desktop cannot be told of jobs.</source>
        <translation>メッセージバスがないため、デスクトップにジョブの状況を伝えられません。</translation>
    </message>
    <message>
        <source>The message bus does not answer, so the desktop cannot be told of jobs.</source>
        <translation>メッセージバスが応答しないため、デスクトップにジョブの状況を伝えられません。</translation>
    </message>
    <message>
        <source>The message bus refuses the connection, so the desktop cannot be told of jobs: %1</source>
        <translation>メッセージバスが接続を拒否したため、デスクトップにジョブの状況を伝えられません: %1</translation>
    </message>
    <message>
        <source>The message bus is gone, so the desktop cannot be told of jobs.</source>
        <translation>メッセージバスが切断されたため、デスクトップにジョブの状況を伝えられません。</translation>
    </message>
</context>
<context>
    <name>stepwire::SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>設定</translation>
    </message>
    <message>
        <source>&amp;General</source>
        <translation>全般(&amp;G)</translation>
    </message>
    <message>
        <source>N&amp;otifications</source>
        <translation>通知(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Network</source>
        <translation>ネットワーク(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;History</source>
        <translation>履歴(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Start with the session</source>
        <translation>セッション開始時に起動する(&amp;S)</translation>
    </message>
    <message>
        <source>Start h&amp;idden in the tray</source>
        <translation>トレイに格納して起動する(&amp;I)</translation>
    </message>
    <message>
        <source>Keep running in the &amp;tray when the window is closed</source>
        <translation>ウィンドウを閉じてもトレイで実行を続ける(&amp;T)</translation>
    </message>
    <message>
        <source>Run &amp;jobs in a process of their own</source>
        <translation>ジョブを別のプロセスで実行する(&amp;J)</translation>
    </message>
    <message>
        <source>They go on when Stepwire is quit. Counts from the next start.</source>
        <translation>Stepwire を終了してもジョブは続行します。次回の起動から有効になります。</translation>
    </message>
    <message>
        <source>&amp;Colours:</source>
        <translation>配色(&amp;C):</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>システムに従う</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>ライト</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>ダーク</translation>
    </message>
    <message>
        <source>&amp;Language:</source>
        <translation>言語(&amp;L):</translation>
    </message>
    <message>
        <source>Another language counts from the next start.</source>
        <translation>言語の変更は次回の起動から有効になります。</translation>
    </message>
    <message>
        <source>Tell when a job has &amp;ended</source>
        <translation>ジョブが終了したら通知する(&amp;E)</translation>
    </message>
    <message>
        <source>Show the &amp;progress of running jobs</source>
        <translation>実行中のジョブの進捗を表示する(&amp;P)</translation>
    </message>
    <message>
        <source>In a notification, where the desktop does not show jobs by itself.</source>
        <translation>デスクトップ自体がジョブを表示しない場合に、通知として表示します。</translation>
    </message>
    <message>
        <source> s</source>
        <comment>seconds, behind a number</comment>
        <translation> 秒</translation>
    </message>
    <message>
        <source>However short</source>
        <translation>長さを問わない</translation>
    </message>
    <message>
        <source>Only for jobs that take at &amp;least:</source>
        <translation>通知するジョブの最短時間(&amp;L):</translation>
    </message>
    <message>
        <source>Jobs that fail are told however short they were.</source>
        <translation>失敗したジョブは、どれほど短くても通知されます。</translation>
    </message>
    <message>
        <source>Not while the &amp;window is in front</source>
        <translation>ウィンドウが前面にあるときは通知しない(&amp;W)</translation>
    </message>
    <message>
        <source>No s&amp;uspend while a job runs</source>
        <translation>ジョブの実行中はサスペンドしない(&amp;U)</translation>
    </message>
    <message>
        <source>Show the jobs of &amp;file managers</source>
        <translation>ファイルマネージャーのジョブを表示する(&amp;F)</translation>
    </message>
    <message>
        <source>Where the desktop has no place for them itself.</source>
        <translation>デスクトップ自体に表示する場所がない場合に表示します。</translation>
    </message>
    <message>
        <source>Pipelines that are tol&amp;d of:</source>
        <translation>通知するパイプライン(&amp;D):</translation>
    </message>
    <message>
        <source>Pipelines that are told of</source>
        <translation>通知するパイプライン</translation>
    </message>
    <message>
        <source>none</source>
        <translation>なし</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>選択…</translation>
    </message>
    <message>
        <source>What is changed here counts when the hub is started again.</source>
        <translation>ここでの変更は、ハブを再起動すると有効になります。</translation>
    </message>
    <message>
        <source>&amp;Serve the page and other programs</source>
        <translation>Web ページと他のプログラム向けに公開する(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Address and port:</source>
        <translation>アドレスとポート(&amp;A):</translation>
    </message>
    <message>
        <source>127.0.0.1 is this machine alone; with 0.0.0.0 others reach it too, then give it a certificate.</source>
        <translation>127.0.0.1 ではこのマシンだけが接続できます。0.0.0.0 では他のマシンからも接続できるため、証明書を設定してください。</translation>
    </message>
    <message>
        <source>&amp;Certificate:</source>
        <translation>証明書(&amp;C):</translation>
    </message>
    <message>
        <source>Choose a certificate</source>
        <translation>証明書を選択</translation>
    </message>
    <message>
        <source>Its &amp;key:</source>
        <translation>証明書の鍵(&amp;K):</translation>
    </message>
    <message>
        <source>Choose the key of the certificate</source>
        <translation>証明書の鍵を選択</translation>
    </message>
    <message>
        <source>A certificate and its key count together: give the other one too.</source>
        <translation>証明書と鍵は両方そろって有効になります。もう一方も指定してください。</translation>
    </message>
    <message>
        <source>made when the hub starts</source>
        <translation>ハブの起動時に生成されます</translation>
    </message>
    <message>
        <source>Sho&amp;w</source>
        <translation>表示(&amp;W)</translation>
    </message>
    <message>
        <source>Show the token</source>
        <translation>トークンを表示</translation>
    </message>
    <message>
        <source>Co&amp;py</source>
        <translation>コピー(&amp;P)</translation>
    </message>
    <message>
        <source>Copy the token</source>
        <translation>トークンをコピー</translation>
    </message>
    <message>
        <source>&amp;Token:</source>
        <translation>トークン(&amp;T):</translation>
    </message>
    <message>
        <source>Who has it can start and cancel jobs.</source>
        <translation>このトークンを持つ人は、ジョブの開始とキャンセルができます。</translation>
    </message>
    <message>
        <source>Op&amp;en the page</source>
        <translation>ページを開く(&amp;E)</translation>
    </message>
    <message>
        <source>Page:</source>
        <translation>ページ:</translation>
    </message>
    <message>
        <source>Address of the page</source>
        <translation>ページのアドレス</translation>
    </message>
    <message>
        <source>The token is in the clipboard.</source>
        <translation>トークンをクリップボードにコピーしました。</translation>
    </message>
    <message>
        <source>%1 cannot be opened: there is no browser</source>
        <translation>%1 を開けません: ブラウザーがありません</translation>
    </message>
    <message>
        <source> days</source>
        <comment>behind a number</comment>
        <translation> 日</translation>
    </message>
    <message>
        <source>Never</source>
        <comment>forget ended jobs</comment>
        <translation>消去しない</translation>
    </message>
    <message>
        <source>&amp;Forget ended jobs after:</source>
        <translation>終了したジョブを消去するまでの期間(&amp;F):</translation>
    </message>
    <message>
        <source> GiB</source>
        <comment>behind a number</comment>
        <translation> GiB</translation>
    </message>
    <message>
        <source>No limit</source>
        <translation>無制限</translation>
    </message>
    <message>
        <source>&amp;Most space for output:</source>
        <translation>出力に使う最大容量(&amp;M):</translation>
    </message>
    <message>
        <source>Most &amp;ended jobs:</source>
        <translation>終了したジョブの最大数(&amp;E):</translation>
    </message>
    <message>
        <source>not served now</source>
        <translation>現在は提供されていません</translation>
    </message>
    <message>
        <source>Pages of the settings</source>
        <translation>設定のページ</translation>
    </message>
    <message>
        <source>Othe&amp;r hosts</source>
        <translation>ほかのホスト(&amp;R)</translation>
    </message>
</context>
<context>
    <name>stepwire::SettingsFile</name>
    <message>
        <source>%1 cannot be read: %2</source>
        <translation>%1 を読み込めません: %2</translation>
    </message>
    <message>
        <source>%1 is larger than 1 MiB, change it by hand</source>
        <translation>%1 は 1 MiB を超えています。手動で変更してください</translation>
    </message>
    <message>
        <source>folder %1 cannot be made</source>
        <translation>フォルダー %1 を作成できません</translation>
    </message>
    <message>
        <source>%1 cannot be written: %2</source>
        <translation>%1 に書き込めません: %2</translation>
    </message>
</context>
<context>
    <name>stepwire::SourceForm</name>
    <message>
        <source>Add a server</source>
        <translation>サーバーを追加</translation>
    </message>
    <message>
        <source>Kind of server</source>
        <translation>サーバーの種類</translation>
    </message>
    <message>
        <source>&amp;Kind:</source>
        <translation>種類(&amp;K):</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>名前(&amp;N):</translation>
    </message>
    <message>
        <source>What it is called here.</source>
        <translation>ここでの呼び名。</translation>
    </message>
</context>
<context>
    <name>stepwire::StepsModel</name>
    <message>
        <source>Step</source>
        <translation>ステップ</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>時間</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>進捗</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>備考</translation>
    </message>
    <message>
        <source>~%1 %</source>
        <translation>約 %1%</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1%</translation>
    </message>
    <message>
        <source>attempt %1</source>
        <translation>試行 %1 回目</translation>
    </message>
    <message>
        <source>again in %1</source>
        <comment>a duration</comment>
        <translation>%1後に再試行</translation>
    </message>
    <message>
        <source>starts again</source>
        <translation>再試行を開始</translation>
    </message>
    <message>
        <source>after %1</source>
        <comment>names of steps</comment>
        <translation>%1 の後</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>、</translation>
    </message>
    <message>
        <source>quiet for %1</source>
        <translation>%1前から動きなし</translation>
    </message>
    <message>
        <source>no progress known</source>
        <translation>進捗不明</translation>
    </message>
    <message>
        <source>no time yet</source>
        <translation>時間はまだありません</translation>
    </message>
    <message>
        <source>nothing to note</source>
        <translation>備考なし</translation>
    </message>
    <message>
        <source>no time of its own</source>
        <translation>個別の時間はありません</translation>
    </message>
</context>
<context>
    <name>stepwire::StepsView</name>
    <message>
        <source>Steps</source>
        <translation>ステップ</translation>
    </message>
</context>
<context>
    <name>stepwire::SuspendInhibitor</name>
    <message>
        <source>Jobs are running</source>
        <translation>ジョブを実行中です</translation>
    </message>
    <message>
        <source>Stepwire</source>
        <translation>Stepwire</translation>
    </message>
</context>
<context>
    <name>stepwire::TimelineView</name>
    <message>
        <source>Timeline</source>
        <translation>タイムライン</translation>
    </message>
    <message>
        <source>started after %1</source>
        <comment>a duration</comment>
        <translation>%1後に開始</translation>
    </message>
    <message>
        <source>runs for %1</source>
        <comment>a duration</comment>
        <translation>%1前から実行中</translation>
    </message>
    <message>
        <source>ran for %1</source>
        <comment>a duration</comment>
        <translation>実行時間 %1</translation>
    </message>
    <message>
        <source>waited %1</source>
        <comment>a duration</comment>
        <translation>待機時間 %1</translation>
    </message>
    <message>
        <source>has waited %1</source>
        <comment>a duration</comment>
        <translation>%1前から待機中</translation>
    </message>
    <message>
        <source>on the critical path</source>
        <translation>クリティカルパス上</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>、</translation>
    </message>
    <message>
        <source>No step has started yet.</source>
        <translation>まだ開始したステップはありません。</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>待機中</translation>
    </message>
    <message>
        <source>critical path</source>
        <translation>クリティカルパス</translation>
    </message>
</context>
<context>
    <name>stepwire::Tray</name>
    <message>
        <source>&amp;Run a Pipeline…</source>
        <translation>パイプラインを実行(&amp;R)…</translation>
    </message>
    <message>
        <source>&amp;Pause the Queue</source>
        <translation>キューを一時停止(&amp;P)</translation>
    </message>
    <message>
        <source>R&amp;elease the Queue</source>
        <translation>キューを再開(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Show Window</source>
        <translation>ウィンドウを表示(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>終了(&amp;Q)</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>接続しています…</translation>
    </message>
    <message>
        <source>No connection to the hub</source>
        <translation>ハブに接続していません</translation>
    </message>
    <message>
        <source>No connection to the hub: %1</source>
        <translation>ハブに接続していません: %1</translation>
    </message>
    <message>
        <source>Nothing is running</source>
        <translation>実行中のジョブはありません</translation>
    </message>
    <message numerus="yes">
        <source>Nothing is running, %n in the queue</source>
        <translation>
            <numerusform>実行中のジョブはありません (%n 件がキューで待機中)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>ほか %n 件</numerusform>
        </translation>
    </message>
    <message>
        <source>Stepwire</source>
        <translation>Stepwire</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>再開(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>一時停止(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Show</source>
        <translation>表示(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>キャンセル(&amp;C)</translation>
    </message>
    <message>
        <source>Holds the jobs that wait now; those that come later start as ever</source>
        <translation>今待機しているジョブを保留します。後から来るものは通常どおり開始します</translation>
    </message>
</context>
<context>
    <name>stepwire::WelcomePage</name>
    <message>
        <source>Run the &amp;Sample</source>
        <translation>サンプルを実行(&amp;S)</translation>
    </message>
    <message>
        <source>A pipeline of three steps that takes about three seconds</source>
        <translation>約 3 秒で終わる 3 ステップのパイプライン</translation>
    </message>
    <message>
        <source>&amp;Wrap a Command…</source>
        <translation>コマンドを実行(&amp;W)…</translation>
    </message>
    <message>
        <source>Any program becomes a job with progress, output and history</source>
        <translation>どのプログラムも、進捗、出力、履歴を備えたジョブになります</translation>
    </message>
    <message>
        <source>Run a &amp;Pipeline…</source>
        <translation>パイプラインを実行(&amp;P)…</translation>
    </message>
    <message>
        <source>Choose a pipeline and what it works on</source>
        <translation>パイプラインとその処理対象を選択します</translation>
    </message>
    <message>
        <source>Or put this before any command in a &amp;terminal:</source>
        <translation>または、端末で任意のコマンドの前にこれを付けます(&amp;T):</translation>
    </message>
    <message>
        <source>Command for a terminal</source>
        <translation>端末用のコマンド</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>コピー(&amp;C)</translation>
    </message>
    <message>
        <source>Copies the command for a terminal</source>
        <translation>端末用のコマンドをコピーします</translation>
    </message>
    <message>
        <source>One moment</source>
        <translation>お待ちください</translation>
    </message>
    <message>
        <source>Stepwire is looking for its hub, the part that runs jobs.</source>
        <translation>Stepwire は、ジョブを実行するハブを探しています。</translation>
    </message>
    <message>
        <source>No jobs yet</source>
        <translation>ジョブはまだありません</translation>
    </message>
    <message>
        <source>A job is a command, or several in the right order. Start one here and watch it.</source>
        <translation>ジョブとは、1 つのコマンド、または正しい順序に並べた複数のコマンドです。ここから開始して、進行を確認できます。</translation>
    </message>
    <message>
        <source>The hub is not there</source>
        <translation>ハブが見つかりません</translation>
    </message>
    <message>
        <source>It is the part of Stepwire that runs jobs. This page comes to life when it is back.</source>
        <translation>ハブは、ジョブを実行する Stepwire の一部です。ハブが復帰すると、このページも使えるようになります。</translation>
    </message>
    <message>
        <source>It is the part of Stepwire that runs jobs. This page comes to life when it is back. The last that was heard: %1</source>
        <translation>ハブは、ジョブを実行する Stepwire の一部です。ハブが復帰すると、このページも使えるようになります。最後に受け取った情報: %1</translation>
    </message>
    <message>
        <source>The sample was not started: %1</source>
        <translation>サンプルを開始できませんでした: %1</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>コピーしました</translation>
    </message>
    <message>
        <source>Add a H&amp;ost…</source>
        <translation>ホストを追加(&amp;O)…</translation>
    </message>
    <message>
        <source>Jobs of another machine are shown here, too</source>
        <translation>別のマシンのジョブもここに表示されます</translation>
    </message>
</context>
</TS>
