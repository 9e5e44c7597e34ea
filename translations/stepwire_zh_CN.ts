<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>JobView</name>
    <message>
        <source>Step</source>
        <translation>步骤</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>主机</translation>
    </message>
    <message>
        <source>%1 failed: %2</source>
        <comment>step, reason</comment>
        <translation>%1 失败：%2</translation>
    </message>
</context>
<context>
    <name>NotificationPolicy</name>
    <message>
        <source>%1 on %2</source>
        <comment>a job on a host</comment>
        <translation>%2 上的 %1</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>，</translation>
    </message>
    <message>
        <source>Show Output</source>
        <translation>显示输出</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message numerus="yes">
        <source>%1 of %n jobs</source>
        <translation>
            <numerusform>%n 个任务中已结束 %1 个</numerusform>
        </translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>kind of jobs: so many of them</comment>
        <translation>%1：%2</translation>
    </message>
    <message numerus="yes">
        <source>%n failed</source>
        <translation>
            <numerusform>%n 个失败</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 succeeded on %2</source>
        <translation>%1 在 %2 上成功</translation>
    </message>
    <message>
        <source>%1 succeeded</source>
        <translation>%1 成功</translation>
    </message>
    <message>
        <source>%1 succeeded on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%1 在 %2 上成功，用时 %3</translation>
    </message>
    <message>
        <source>%1 succeeded after %2</source>
        <comment>job, duration</comment>
        <translation>%1 成功，用时 %2</translation>
    </message>
    <message>
        <source>%1 was interrupted on %2</source>
        <comment>job, host</comment>
        <translation>%1 在 %2 上被中断</translation>
    </message>
    <message>
        <source>%1 was interrupted</source>
        <translation>%1 被中断</translation>
    </message>
    <message>
        <source>%1 timed out on %2</source>
        <comment>job, host</comment>
        <translation>%1 在 %2 上超时</translation>
    </message>
    <message>
        <source>%1 failed on %2</source>
        <comment>job, host</comment>
        <translation>%1 在 %2 上失败</translation>
    </message>
    <message>
        <source>%1 timed out</source>
        <translation>%1 超时</translation>
    </message>
    <message>
        <source>%1 failed</source>
        <translation>%1 失败</translation>
    </message>
    <message>
        <source>%1 timed out on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%1 在 %2 上运行 %3后超时</translation>
    </message>
    <message>
        <source>%1 failed on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%1 在 %2 上运行 %3后失败</translation>
    </message>
    <message>
        <source>%1 timed out after %2</source>
        <comment>job, duration</comment>
        <translation>%1 运行 %2后超时</translation>
    </message>
    <message>
        <source>%1 failed after %2</source>
        <comment>job, duration</comment>
        <translation>%1 运行 %2后失败</translation>
    </message>
    <message>
        <source>%1 timed out at %2 on %3 after %4</source>
        <comment>job, step, host, duration</comment>
        <translation>%1 在 %3 上运行 %4后，于步骤“%2”超时</translation>
    </message>
    <message>
        <source>%1 failed at %2 on %3 after %4</source>
        <comment>job, step, host, duration</comment>
        <translation>%1 在 %3 上运行 %4后，于步骤“%2”失败</translation>
    </message>
    <message>
        <source>%1 timed out at %2 after %3</source>
        <comment>job, step, duration</comment>
        <translation>%1 运行 %3后，于步骤“%2”超时</translation>
    </message>
    <message>
        <source>%1 failed at %2 after %3</source>
        <comment>job, step, duration</comment>
        <translation>%1 运行 %3后，于步骤“%2”失败</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Retry from Here</source>
        <translation>从此处重试</translation>
    </message>
    <message numerus="yes">
        <source>%n succeeded</source>
        <translation>
            <numerusform>%n 个成功</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cancelled</source>
        <translation>
            <numerusform>%n 个已取消</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n skipped</source>
        <translation>
            <numerusform>%n 个已跳过</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n jobs on %1 finished</source>
        <translation>
            <numerusform>%1 上的 %n 个任务已结束</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n jobs finished</source>
        <translation>
            <numerusform>%n 个任务已结束</numerusform>
        </translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>200 jobs finished: how</comment>
        <translation>%1：%2</translation>
    </message>
    <message numerus="yes">
        <source>%1 and %n more</source>
        <translation>
            <numerusform>%1 及另外 %n 个</numerusform>
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
        <translation>排队中</translation>
    </message>
    <message>
        <source>held</source>
        <translation>已搁置</translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>pausing</source>
        <translation>正在暂停</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>cancelling</source>
        <translation>正在取消</translation>
    </message>
    <message>
        <source>succeeded</source>
        <translation>成功</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>timed out</source>
        <translation>超时</translation>
    </message>
    <message>
        <source>skipped</source>
        <translation>已跳过</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>已中断</translation>
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
        <translation>%1 小时 %2 分</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 分钟</translation>
    </message>
    <message>
        <source>%1 h</source>
        <translation>%1 小时</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>刚刚</translation>
    </message>
    <message numerus="yes">
        <source>%n days ago</source>
        <translation>
            <numerusform>%n 天前</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 ago</source>
        <comment>a duration</comment>
        <translation>%1前</translation>
    </message>
    <message>
        <source>~%1 left</source>
        <translation>剩余约 %1</translation>
    </message>
    <message>
        <source>~%1 %</source>
        <translation>约 %1%</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1%</translation>
    </message>
    <message>
        <source>#%1 in the queue</source>
        <translation>队列第 %1 位</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>error: last line</comment>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>quiet for %1</source>
        <translation>已有 %1没有动静</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>，</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>failed: why</comment>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>failed: name of a step</comment>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>%1 on %2</source>
        <comment>a job on a host</comment>
        <translation>%2 上的 %1</translation>
    </message>
</context>
<context>
    <name>stepwire::BackgroundStatus</name>
    <message>
        <source>No job runs</source>
        <translation>没有任务在运行</translation>
    </message>
    <message numerus="yes">
        <source>%n jobs</source>
        <translation>
            <numerusform>%n 个任务</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1%</translation>
    </message>
    <message>
        <source>~%1 left</source>
        <translation>剩余约 %1</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>，</translation>
    </message>
    <message>
        <source>Jobs go on while the window is hidden.</source>
        <translation>窗口隐藏时任务继续运行。</translation>
    </message>
</context>
<context>
    <name>stepwire::DesktopApp</name>
    <message>
        <source>The window that is open already was raised.</source>
        <translation>已将先前打开的窗口置于前台。</translation>
    </message>
    <message>
        <source>There is no translation to “%1”, which [window] language of config.toml names.</source>
        <translation>没有“%1”的翻译，它由 config.toml 中的 [window] language 指定。</translation>
    </message>
    <message>
        <source>Quit Stepwire</source>
        <translation>退出 Stepwire</translation>
    </message>
    <message numerus="yes">
        <source>%n jobs are running in this program.</source>
        <translation>
            <numerusform>有 %n 个任务正在此程序中运行。</numerusform>
        </translation>
    </message>
    <message>
        <source>They end with it. A job that was interrupted can be retried later.</source>
        <translation>它们会随程序一起结束。被中断的任务可以稍后重试。</translation>
    </message>
    <message>
        <source>Keep Running in the &amp;Tray</source>
        <translation>在托盘中继续运行(&amp;T)</translation>
    </message>
    <message>
        <source>Keep Running, &amp;Minimised</source>
        <translation>最小化并继续运行(&amp;M)</translation>
    </message>
    <message>
        <source>Quit &amp;When They Have Ended</source>
        <translation>任务结束后退出(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Cancel the Jobs and Quit</source>
        <translation>取消任务并退出(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Stay</source>
        <translation>不退出(&amp;S)</translation>
    </message>
    <message>
        <source>About Stepwire</source>
        <translation>关于 Stepwire</translation>
    </message>
    <message>
        <source>Stepwire %1</source>
        <translation>Stepwire %1</translation>
    </message>
    <message>
        <source>Runs pipelines and commands and shows how far they are, everywhere at once.</source>
        <translation>运行流水线和命令，并在各处同步显示它们的进度。</translation>
    </message>
    <message>
        <source>There is no tray to start hidden in, so the window is shown.</source>
        <translation>没有可供隐藏启动的托盘，因此显示窗口。</translation>
    </message>
    <message numerus="yes">
        <source>%n more wait. When the others have ended these go on without the window; after a cancel they are held.</source>
        <translation>
            <numerusform>另有 %n 个任务在等待。其他任务结束后，它们会在没有窗口的情况下继续；如果取消，它们将被搁置。</numerusform>
        </translation>
    </message>
    <message>
        <source>Stepwire quits when the jobs have ended.</source>
        <translation>任务结束后 Stepwire 将退出。</translation>
    </message>
    <message numerus="yes">
        <source>No hub could take over what waits: %n jobs stay held.</source>
        <translation>
            <numerusform>没有中枢能够接管等待中的任务：%n 个任务仍处于搁置状态。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::FreedesktopNotifier</name>
    <message>
        <source>The desktop&apos;s notifications do not answer, so the end of jobs is not told there.</source>
        <translation>桌面的通知服务没有响应，因此无法在那里告知任务结束。</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>，</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>notification in one line</comment>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Stepwire</source>
        <translation>Stepwire</translation>
    </message>
    <message>
        <source>No notification service runs, so the end of jobs is not told on the desktop.</source>
        <translation>没有运行中的通知服务，因此无法在桌面上告知任务结束。</translation>
    </message>
</context>
<context>
    <name>stepwire::HostForm</name>
    <message>
        <source>Add a host</source>
        <translation>添加主机</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>名称(&amp;N)：</translation>
    </message>
    <message>
        <source>What it is called here.</source>
        <translation>它在这里的名称。</translation>
    </message>
    <message>
        <source>A&amp;ddress:</source>
        <translation>地址(&amp;D)：</translation>
    </message>
    <message>
        <source>user@host for SSH, wss://host:port for a WebSocket, or the path of a hub&apos;s socket.</source>
        <translation>SSH 用 user@host，WebSocket 用 wss://host:port，或填写中枢套接字的路径。</translation>
    </message>
    <message>
        <source>&amp;Program there:</source>
        <translation>远端程序(&amp;P)：</translation>
    </message>
    <message>
        <source>What SSH calls there when it is not “stepwire”.</source>
        <translation>SSH 在远端调用的程序（如果不是“stepwire”）。</translation>
    </message>
    <message>
        <source>&amp;Token:</source>
        <translation>令牌(&amp;T)：</translation>
    </message>
    <message>
        <source>Its hub&apos;s file “token”, or “token.read” to look only.</source>
        <translation>其中枢的文件“token”；只查看则用“token.read”。</translation>
    </message>
    <message>
        <source>&amp;Certificate:</source>
        <translation>证书(&amp;C)：</translation>
    </message>
    <message>
        <source>SHA-256 of its certificate, where no authority vouches for it.</source>
        <translation>其证书的 SHA-256（没有机构为它担保时）。</translation>
    </message>
</context>
<context>
    <name>stepwire::HostsPage</name>
    <message>
        <source>&amp;Add a host…</source>
        <translation>添加主机(&amp;A)…</translation>
    </message>
    <message>
        <source>Add a ser&amp;ver…</source>
        <translation>添加服务器(&amp;V)…</translation>
    </message>
    <message>
        <source>Re&amp;move…</source>
        <translation>移除(&amp;M)…</translation>
    </message>
    <message>
        <source>Jobs of other machines, and of other systems&apos; servers, are shown beside those of this one.</source>
        <translation>其他主机以及其他系统的服务器的任务，与本机的任务一起显示。</translation>
    </message>
    <message>
        <source>Hosts and servers</source>
        <translation>主机和服务器</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Standing</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>connecting…</source>
        <translation>正在连接…</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>已连接</translation>
    </message>
    <message>
        <source>lost %1</source>
        <comment>4 min ago</comment>
        <translation>已断开：%1</translation>
    </message>
    <message>
        <source>lost</source>
        <translation>已断开</translation>
    </message>
    <message>
        <source>shown already</source>
        <translation>已经显示</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>how a host is, why</comment>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>kind of a server, its address</comment>
        <translation>%1，%2</translation>
    </message>
    <message>
        <source>%1, %2, %3</source>
        <comment>a host, its address, how it is</comment>
        <translation>%1，%2，%3</translation>
    </message>
    <message>
        <source>There is no hub to ask at the moment.</source>
        <translation>目前没有可询问的中枢。</translation>
    </message>
    <message>
        <source>There are none yet.</source>
        <translation>还没有。</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>a host, why it is lost</comment>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>The hub knows no kinds of servers.</source>
        <translation>中枢不认识任何种类的服务器。</translation>
    </message>
    <message>
        <source>“%1” is kept, but shows nothing: %2.</source>
        <translation>“%1”已保存，但不显示任何内容：%2。</translation>
    </message>
    <message>
        <source>“%1” is kept and tried again, but cannot be reached now: %2.</source>
        <translation>“%1”已保存并会重试，但现在无法连接：%2。</translation>
    </message>
    <message>
        <source>“%1” was added.</source>
        <translation>已添加“%1”。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Remove “%1”?</source>
        <translation>移除“%1”？</translation>
    </message>
    <message>
        <source>Its jobs go on there, but are shown here no more.</source>
        <translation>它的任务会在那里继续，但不再在这里显示。</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>移除(&amp;R)</translation>
    </message>
</context>
<context>
    <name>stepwire::HubForm</name>
    <message>
        <source>&amp;Add</source>
        <translation>添加(&amp;A)</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Show %1</source>
        <comment>what is secret, as the token</comment>
        <translation>显示 %1</translation>
    </message>
    <message>
        <source>This is needed.</source>
        <translation>需要填写。</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>正在连接…</translation>
    </message>
</context>
<context>
    <name>stepwire::JobActions</name>
    <message>
        <source>“%1” was taken out of the queue</source>
        <translation>“%1”已移出队列</translation>
    </message>
    <message>
        <source>“%1” is held</source>
        <translation>“%1”已搁置</translation>
    </message>
    <message>
        <source>“%1” was moved</source>
        <translation>“%1”已移动</translation>
    </message>
    <message numerus="yes">
        <source>%n waiting jobs are held, what comes next is not</source>
        <translation>
            <numerusform>已搁置 %n 个等待中的任务，之后到来的不受影响</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::JobListModel</name>
    <message>
        <source>Running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>排队中</translation>
    </message>
    <message>
        <source>Held / paused</source>
        <translation>已搁置/已暂停</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>昨天</translation>
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
        <translation>属于 %1</translation>
    </message>
    <message>
        <source>took %1</source>
        <translation>用时 %1</translation>
    </message>
    <message>
        <source>last seen %1</source>
        <translation>上次在线：%1</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>，</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>a group of jobs, how many</comment>
        <translation>%1（%2）</translation>
    </message>
    <message numerus="yes">
        <source>%1, %n jobs</source>
        <comment>a group of jobs</comment>
        <translation>
            <numerusform>%1，%n 个任务</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::JobListView</name>
    <message>
        <source>here</source>
        <comment>on this host</comment>
        <translation>本机</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>failed: a step, why</comment>
        <translation>%1，%2</translation>
    </message>
    <message>
        <source>waits for %1</source>
        <translation>等待 %1</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>#1 in the queue, waits for a thing</comment>
        <translation>%1，%2</translation>
    </message>
    <message>
        <source>last seen %1</source>
        <comment>4 min ago</comment>
        <translation>上次在线：%1</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>No jobs yet</source>
        <translation>尚无任务</translation>
    </message>
    <message>
        <source>No jobs on %1</source>
        <translation>%1 上没有任务</translation>
    </message>
    <message>
        <source>No job matches “%1”</source>
        <translation>没有与“%1”匹配的任务</translation>
    </message>
    <message>
        <source>No job on %1 matches “%2”</source>
        <translation>%1 上没有与“%2”匹配的任务</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>暂停(&amp;P)</translation>
    </message>
    <message>
        <source>Pause &amp;after this step</source>
        <translation>完成当前步骤后暂停(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>继续(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation>搁置(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Release</source>
        <translation>取消搁置(&amp;L)</translation>
    </message>
    <message>
        <source>Move &amp;up in the queue</source>
        <translation>在队列中上移(&amp;U)</translation>
    </message>
    <message>
        <source>Move &amp;down in the queue</source>
        <translation>在队列中下移(&amp;D)</translation>
    </message>
    <message>
        <source>Re&amp;try</source>
        <translation>重试(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>Take &amp;out of the queue</source>
        <translation>移出队列(&amp;O)</translation>
    </message>
    <message>
        <source>Copy r&amp;eport</source>
        <translation>复制报告(&amp;E)</translation>
    </message>
</context>
<context>
    <name>stepwire::JobPane</name>
    <message>
        <source>Parts of the job</source>
        <translation>任务的各个部分</translation>
    </message>
    <message>
        <source>&amp;Steps</source>
        <translation>步骤(&amp;S)</translation>
    </message>
    <message>
        <source>T&amp;imeline</source>
        <translation>时间线(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Output</source>
        <translation>输出(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>详情(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>End this job</source>
        <translation>结束此任务</translation>
    </message>
    <message>
        <source>&amp;Pause Now</source>
        <translation>立即暂停(&amp;P)</translation>
    </message>
    <message>
        <source>Pause &amp;After This Step</source>
        <translation>完成当前步骤后暂停(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>继续(&amp;R)</translation>
    </message>
    <message>
        <source>Re&amp;try</source>
        <translation>重试(&amp;T)</translation>
    </message>
    <message>
        <source>Run again what did not succeed</source>
        <translation>重新运行未成功的部分</translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation>搁置(&amp;H)</translation>
    </message>
    <message>
        <source>Keep this job in the queue until it is released</source>
        <translation>将此任务留在队列中，直到取消搁置</translation>
    </message>
    <message>
        <source>Re&amp;lease</source>
        <translation>取消搁置(&amp;L)</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>what a button does, its keys</comment>
        <translation>%1（%2）</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>暂停(&amp;P)</translation>
    </message>
    <message>
        <source>Job</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>How far it is</source>
        <translation>完成程度</translation>
    </message>
    <message>
        <source>Progress of the job</source>
        <translation>任务进度</translation>
    </message>
    <message>
        <source>State of the job</source>
        <translation>任务状态</translation>
    </message>
    <message>
        <source>Age of what is shown</source>
        <translation>所显示内容的时间</translation>
    </message>
    <message>
        <source>What can be done</source>
        <translation>可用操作</translation>
    </message>
    <message>
        <source>What went wrong</source>
        <translation>出错信息</translation>
    </message>
    <message>
        <source>Last line of output</source>
        <translation>最后一行输出</translation>
    </message>
    <message>
        <source>Sho&amp;w Output</source>
        <translation>显示输出(&amp;W)</translation>
    </message>
    <message>
        <source>Retry &amp;from Here</source>
        <translation>从此处重试(&amp;F)</translation>
    </message>
    <message>
        <source>Cop&amp;y Report</source>
        <translation>复制报告(&amp;Y)</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详情</translation>
    </message>
    <message>
        <source>Choose a job to see its steps and its output.</source>
        <translation>选择一个任务以查看其步骤和输出。</translation>
    </message>
    <message>
        <source>This job is no longer known.</source>
        <translation>此任务已不存在。</translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <comment>a job, its host</comment>
        <translation>%1 · %2</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>，</translation>
    </message>
    <message>
        <source>waits for %1</source>
        <translation>等待 %1</translation>
    </message>
    <message>
        <source>attempt %1</source>
        <translation>第 %1 次尝试</translation>
    </message>
    <message>
        <source>started %1</source>
        <comment>a date and time</comment>
        <translation>开始于 %1</translation>
    </message>
    <message>
        <source>took %1</source>
        <comment>a duration</comment>
        <translation>用时 %1</translation>
    </message>
    <message>
        <source>for %1</source>
        <comment>a duration</comment>
        <translation>已用 %1</translation>
    </message>
    <message>
        <source>since %1</source>
        <comment>a date and time</comment>
        <translation>自 %1 起</translation>
    </message>
    <message>
        <source>The hub cannot be reached, what is shown is from %1</source>
        <comment>4 min ago</comment>
        <translation>无法连接到中枢，当前显示的是 %1的内容</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>a sentence, a reason</comment>
        <translation>%1（%2）</translation>
    </message>
    <message>
        <source>%1 on %2</source>
        <comment>failed on a host</comment>
        <translation>在 %2 上%1</translation>
    </message>
    <message>
        <source>%1 %2 on %3</source>
        <comment>a step failed on a host</comment>
        <translation>%1 在 %3 上%2</translation>
    </message>
    <message>
        <source>%1 after %2</source>
        <comment>failed, a duration</comment>
        <translation>%1，用时 %2</translation>
    </message>
    <message>
        <source>Pipeline</source>
        <translation>流水线</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>组</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>主机</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>排队时间</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>开始时间</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>结束时间</translation>
    </message>
    <message>
        <source>Part of</source>
        <translation>所属任务</translation>
    </message>
    <message>
        <source>Id</source>
        <translation>ID</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>Facts</source>
        <translation>信息</translation>
    </message>
    <message>
        <source>%1:</source>
        <comment>name of a fact</comment>
        <translation>%1：</translation>
    </message>
    <message>
        <source>Show &amp;Output</source>
        <translation>显示输出(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Retry from Here</source>
        <translation>从此处重试(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Cancel This Step</source>
        <translation>取消此步骤(&amp;C)</translation>
    </message>
    <message>
        <source>%1 cannot be reached, what is shown is from %2</source>
        <comment>a host, 4 min ago</comment>
        <translation>无法连接到 %1，所显示的内容来自 %2</translation>
    </message>
</context>
<context>
    <name>stepwire::JobViewServer</name>
    <message>
        <source>job of %1</source>
        <comment>a program</comment>
        <translation>%1 的任务</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>a program: what it does</comment>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>failed with error %1</source>
        <translation>失败，错误代码 %1</translation>
    </message>
    <message>
        <source>%1 ended without saying how it went</source>
        <comment>a program</comment>
        <translation>%1 已结束，但未报告结果</translation>
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
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Search…</source>
        <translation>搜索…</translation>
    </message>
    <message>
        <source>Search jobs</source>
        <translation>搜索任务</translation>
    </message>
    <message>
        <source>Hosts</source>
        <translation>主机</translation>
    </message>
    <message>
        <source>All hosts</source>
        <translation>所有主机</translation>
    </message>
    <message>
        <source>Stepwi&amp;re</source>
        <translation>Stepwi&amp;re</translation>
    </message>
    <message>
        <source>&amp;Run…</source>
        <translation>运行(&amp;R)…</translation>
    </message>
    <message>
        <source>Run a pipeline or a command (Ctrl+N)</source>
        <translation>运行流水线或命令 (Ctrl+N)</translation>
    </message>
    <message>
        <source>Run a &amp;Command…</source>
        <translation>运行命令(&amp;C)…</translation>
    </message>
    <message>
        <source>Se&amp;ttings…</source>
        <translation>设置(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;Close Window</source>
        <translation>关闭窗口(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Job</source>
        <translation>任务(&amp;J)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Search Jobs</source>
        <translation>搜索任务(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Jobs</source>
        <translation>任务(&amp;J)</translation>
    </message>
    <message>
        <source>S&amp;teps</source>
        <translation>步骤(&amp;T)</translation>
    </message>
    <message>
        <source>Time&amp;line</source>
        <translation>时间线(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Output</source>
        <translation>输出(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>详情(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;About Stepwire</source>
        <translation>关于 Stepwire(&amp;A)</translation>
    </message>
    <message>
        <source>Main toolbar</source>
        <translation>主工具栏</translation>
    </message>
    <message numerus="yes">
        <source>%n running</source>
        <translation>
            <numerusform>%n 个运行中</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n 个等待中</numerusform>
        </translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>，</translation>
    </message>
    <message>
        <source>◌ looking for a hub</source>
        <translation>◌ 正在寻找中枢</translation>
    </message>
    <message>
        <source>There is no hub yet: %1. Trying again.</source>
        <translation>尚无中枢：%1。正在重试。</translation>
    </message>
    <message>
        <source>● %1</source>
        <translation>● %1</translation>
    </message>
    <message>
        <source>The hub lives in this window&apos;s program.</source>
        <translation>中枢运行在此窗口所属的程序中。</translation>
    </message>
    <message>
        <source>The hub is a program of its own; this window may be closed.</source>
        <translation>中枢是一个独立的程序；可以关闭此窗口。</translation>
    </message>
    <message>
        <source>What happens is not kept at the moment: %1.</source>
        <translation>目前发生的事件无法保存：%1。</translation>
    </message>
    <message>
        <source>◌ %1, last seen %2</source>
        <translation>◌ %1，上次在线：%2</translation>
    </message>
    <message>
        <source>The hub does not answer: %1. What is shown is as it was %2.</source>
        <translation>中枢没有响应：%1。当前显示的是 %2的状态。</translation>
    </message>
    <message>
        <source>%1 (lost)</source>
        <comment>a host</comment>
        <translation>%1（已断开）</translation>
    </message>
    <message>
        <source>◌ %1</source>
        <translation>◌ %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>a host, why it is lost</comment>
        <translation>%1：%2</translation>
    </message>
    <message numerus="yes">
        <source>● %n hosts</source>
        <comment>connected</comment>
        <translation>
            <numerusform>● %n 台主机</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>◌ %n lost</source>
        <comment>hosts</comment>
        <translation>
            <numerusform>◌ %n 台已断开</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 is lost: %2</source>
        <comment>a host</comment>
        <translation>%1 已断开：%2</translation>
    </message>
    <message>
        <source>%1 is back</source>
        <comment>a host</comment>
        <translation>%1 已恢复</translation>
    </message>
</context>
<context>
    <name>stepwire::OutputPane</name>
    <message>
        <source>Output</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>Jump to end</source>
        <translation>跳到末尾</translation>
    </message>
    <message>
        <source>Jump to the end and stay there (Ctrl+End)</source>
        <translation>跳到末尾并保持跟随 (Ctrl+End)</translation>
    </message>
    <message>
        <source>… %1 left out</source>
        <translation>… 省略了 %1</translation>
    </message>
    <message>
        <source>%1, attempt %2</source>
        <translation>%1，第 %2 次尝试</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1（%2）</translation>
    </message>
    <message numerus="yes">
        <source>%n earlier line(s) not shown</source>
        <translation>
            <numerusform>未显示前面的 %n 行</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Open %1</source>
        <translation>打开 %1(&amp;O)</translation>
    </message>
    <message>
        <source>Copy &amp;address</source>
        <translation>复制地址(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>复制(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Select all</source>
        <translation>全选(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Find…</source>
        <translation>查找(&amp;F)…</translation>
    </message>
    <message>
        <source>There was no output.</source>
        <translation>没有输出。</translation>
    </message>
    <message>
        <source>No output yet.</source>
        <translation>尚无输出。</translation>
    </message>
</context>
<context>
    <name>stepwire::OutputView</name>
    <message>
        <source>Step</source>
        <translation>步骤</translation>
    </message>
    <message>
        <source>&amp;Output of</source>
        <translation>输出来源(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Find</source>
        <translation>查找(&amp;F)</translation>
    </message>
    <message>
        <source>Search in the output (Ctrl+F)</source>
        <translation>在输出中搜索 (Ctrl+F)</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>复制(&amp;C)</translation>
    </message>
    <message>
        <source>Copy what is selected, or all of the output</source>
        <translation>复制所选内容，未选择时复制全部输出</translation>
    </message>
    <message>
        <source>Search in the output</source>
        <translation>在输出中搜索</translation>
    </message>
    <message>
        <source>Matches</source>
        <translation>匹配项</translation>
    </message>
    <message>
        <source>&amp;Previous</source>
        <translation>上一个(&amp;P)</translation>
    </message>
    <message>
        <source>The match before (Shift+F3)</source>
        <translation>上一个匹配项 (Shift+F3)</translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation>下一个(&amp;N)</translation>
    </message>
    <message>
        <source>The next match (F3)</source>
        <translation>下一个匹配项 (F3)</translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation>关闭(&amp;L)</translation>
    </message>
    <message>
        <source>Close the search (Esc)</source>
        <translation>关闭搜索 (Esc)</translation>
    </message>
    <message>
        <source>Output of %1</source>
        <translation>%1 的输出</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>All steps</source>
        <translation>所有步骤</translation>
    </message>
    <message>
        <source>No matches</source>
        <translation>无匹配项</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message numerus="yes">
        <source>%n match(es)</source>
        <translation>
            <numerusform>%n 个匹配项</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::ParameterForm</name>
    <message>
        <source>(not set)</source>
        <translation>（未设置）</translation>
    </message>
    <message>
        <source>%1 *</source>
        <translation>%1 *</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>浏览…</translation>
    </message>
    <message>
        <source>Browse for %1</source>
        <translation>浏览并选择 %1</translation>
    </message>
    <message>
        <source>A &amp;File…</source>
        <translation>文件(&amp;F)…</translation>
    </message>
    <message>
        <source>A F&amp;older…</source>
        <translation>文件夹(&amp;O)…</translation>
    </message>
    <message>
        <source>As the pipeline says</source>
        <translation>按流水线的设定</translation>
    </message>
    <message>
        <source>Yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>No</source>
        <translation>否</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>“%1” is needed.</source>
        <translation>“%1”为必填项。</translation>
    </message>
    <message>
        <source>The value</source>
        <translation>该值</translation>
    </message>
    <message>
        <source>“%1”</source>
        <translation>“%1”</translation>
    </message>
    <message>
        <source>%1 is not a whole number.</source>
        <translation>%1不是整数。</translation>
    </message>
    <message>
        <source>%1 is not a number.</source>
        <translation>%1不是数字。</translation>
    </message>
    <message>
        <source>needed</source>
        <translation>必填</translation>
    </message>
    <message>
        <source>* needed</source>
        <translation>* 必填</translation>
    </message>
</context>
<context>
    <name>stepwire::PortalNotifier</name>
    <message>
        <source>The desktop&apos;s notifications do not answer, so the end of jobs is not told there.</source>
        <translation>桌面的通知服务没有响应，因此无法在那里告知任务结束。</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>，</translation>
    </message>
</context>
<context>
    <name>stepwire::RunDialog</name>
    <message>
        <source>line %1, column %2: </source>
        <translation>第 %1 行，第 %2 列：</translation>
    </message>
    <message>
        <source>line %1: </source>
        <translation>第 %1 行：</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Why it was not started</source>
        <translation>未启动的原因</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>运行(&amp;R)</translation>
    </message>
    <message>
        <source>Start the job (%1)</source>
        <translation>启动任务 (%1)</translation>
    </message>
    <message>
        <source>Search pipelines</source>
        <translation>搜索流水线</translation>
    </message>
    <message>
        <source>Pipelines</source>
        <translation>流水线</translation>
    </message>
    <message>
        <source>A command…</source>
        <translation>命令…</translation>
    </message>
    <message>
        <source>any program, as a job</source>
        <translation>任意程序，作为任务运行</translation>
    </message>
    <message>
        <source>&amp;Command</source>
        <translation>命令(&amp;C)</translation>
    </message>
    <message>
        <source>A program and its arguments, those with spaces in &quot;double quotes&quot;. No shell reads it; for pipes and wildcards run sh -c &quot;…&quot;.</source>
        <translation>程序及其参数，含空格的参数请放在 &quot;英文双引号&quot; 中。命令不经过 shell；如需管道和通配符，请运行 sh -c &quot;…&quot;。</translation>
    </message>
    <message>
        <source>&amp;Browse…</source>
        <translation>浏览(&amp;B)…</translation>
    </message>
    <message>
        <source>Browse for a folder</source>
        <translation>浏览并选择文件夹</translation>
    </message>
    <message>
        <source>Folder to run in</source>
        <translation>运行所在的文件夹</translation>
    </message>
    <message>
        <source>In &amp;folder</source>
        <translation>所在文件夹(&amp;F)</translation>
    </message>
    <message>
        <source>Where the program starts; the home folder when empty.</source>
        <translation>程序启动时所在的位置；留空则为主文件夹。</translation>
    </message>
    <message>
        <source>&amp;More options</source>
        <translation>更多选项(&amp;M)</translation>
    </message>
    <message>
        <source>Title of the job</source>
        <translation>任务标题</translation>
    </message>
    <message>
        <source>&amp;Title</source>
        <translation>标题(&amp;T)</translation>
    </message>
    <message>
        <source>Group whose queue the job waits in</source>
        <translation>任务排队所属的组</translation>
    </message>
    <message>
        <source>Jobs of one group wait for each other</source>
        <translation>同一组的任务会相互等待</translation>
    </message>
    <message>
        <source>&amp;Group</source>
        <translation>组(&amp;G)</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Steps at once</source>
        <translation>同时运行的步骤数</translation>
    </message>
    <message>
        <source>&amp;Steps at once</source>
        <translation>同时运行的步骤数(&amp;S)</translation>
    </message>
    <message>
        <source>Asking for pipelines…</source>
        <translation>正在查询流水线…</translation>
    </message>
    <message>
        <source>Pipelines cannot be listed: %1</source>
        <translation>无法列出流水线：%1</translation>
    </message>
    <message>
        <source>There are no pipelines yet. Drop a .toml file here to run it.</source>
        <translation>尚无流水线。将 .toml 文件拖放到此处即可运行。</translation>
    </message>
    <message>
        <source>A command</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>Any program becomes a job of one step, with its output, progress and history.</source>
        <translation>任意程序都可以成为只有一个步骤的任务，并带有输出、进度和历史记录。</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>另有 %n 个</numerusform>
        </translation>
    </message>
    <message>
        <source>Steps: %1</source>
        <translation>步骤：%1</translation>
    </message>
    <message>
        <source>This pipeline cannot be run:</source>
        <translation>无法运行此流水线：</translation>
    </message>
    <message>
        <source>the command</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>A command is needed.</source>
        <translation>需要填写命令。</translation>
    </message>
    <message>
        <source>“%1” is no whole path; one begins with / or ~/.</source>
        <translation>“%1”不是完整路径；完整路径以 / 或 ~/ 开头。</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>The pipeline has faults:</source>
        <translation>此流水线有错误：</translation>
    </message>
    <message>
        <source>“%1” takes no file.</source>
        <translation>“%1”不接受文件。</translation>
    </message>
    <message>
        <source>What is run</source>
        <translation>要运行的内容</translation>
    </message>
    <message>
        <source>Host to run on</source>
        <translation>在哪台主机上运行</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>&amp;On</source>
        <translation>主机(&amp;O)</translation>
    </message>
    <message>
        <source>There are no pipelines on %1.</source>
        <translation>%1 上没有流水线。</translation>
    </message>
</context>
<context>
    <name>stepwire::SessionBus</name>
    <message>
        <source>There is no message bus, so the desktop cannot be told of jobs.</source>
        <translation>没有消息总线，因此无法向桌面告知任务情况。</translation>
    </message>
    <message>
        <source>The message bus does not answer, so the desktop cannot be told of jobs.</source>
        <translation>消息总线没有响应，因此无法向桌面告知任务情况。</translation>
    </message>
    <message>
        <source>The message bus refuses the connection, so the desktop cannot be told of jobs: %1</source>
        <translation>消息总线拒绝连接，因此无法向桌面告知任务情况：%1</translation>
    </message>
    <message>
        <source>The message bus is gone, so the desktop cannot be told of jobs.</source>
        <translation>消息总线已断开，因此无法向桌面告知任务情况。</translation>
    </message>
</context>
<context>
    <name>stepwire::SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>&amp;General</source>
        <translation>常规(&amp;G)</translation>
    </message>
    <message>
        <source>N&amp;otifications</source>
        <translation>通知(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Network</source>
        <translation>网络(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;History</source>
        <translation>历史(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Start with the session</source>
        <translation>随会话启动(&amp;S)</translation>
    </message>
    <message>
        <source>Start h&amp;idden in the tray</source>
        <translation>启动时隐藏到托盘(&amp;I)</translation>
    </message>
    <message>
        <source>Keep running in the &amp;tray when the window is closed</source>
        <translation>关闭窗口后在托盘中继续运行(&amp;T)</translation>
    </message>
    <message>
        <source>Run &amp;jobs in a process of their own</source>
        <translation>在独立的进程中运行任务(&amp;J)</translation>
    </message>
    <message>
        <source>They go on when Stepwire is quit. Counts from the next start.</source>
        <translation>退出 Stepwire 后它们会继续运行。下次启动时生效。</translation>
    </message>
    <message>
        <source>&amp;Colours:</source>
        <translation>配色(&amp;C)：</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>&amp;Language:</source>
        <translation>语言(&amp;L)：</translation>
    </message>
    <message>
        <source>Another language counts from the next start.</source>
        <translation>更改语言将在下次启动时生效。</translation>
    </message>
    <message>
        <source>Tell when a job has &amp;ended</source>
        <translation>任务结束时通知(&amp;E)</translation>
    </message>
    <message>
        <source>Show the &amp;progress of running jobs</source>
        <translation>显示运行中任务的进度(&amp;P)</translation>
    </message>
    <message>
        <source>In a notification, where the desktop does not show jobs by itself.</source>
        <translation>桌面本身不显示任务时，以通知的形式显示。</translation>
    </message>
    <message>
        <source> s</source>
        <comment>seconds, behind a number</comment>
        <translation> 秒</translation>
    </message>
    <message>
        <source>However short</source>
        <translation>不限时长</translation>
    </message>
    <message>
        <source>Only for jobs that take at &amp;least:</source>
        <translation>仅通知用时不少于此值的任务(&amp;L)：</translation>
    </message>
    <message>
        <source>Jobs that fail are told however short they were.</source>
        <translation>失败的任务无论用时多短都会通知。</translation>
    </message>
    <message>
        <source>Not while the &amp;window is in front</source>
        <translation>窗口位于前台时不通知(&amp;W)</translation>
    </message>
    <message>
        <source>No s&amp;uspend while a job runs</source>
        <translation>任务运行时阻止系统挂起(&amp;U)</translation>
    </message>
    <message>
        <source>Show the jobs of &amp;file managers</source>
        <translation>显示文件管理器的任务(&amp;F)</translation>
    </message>
    <message>
        <source>Where the desktop has no place for them itself.</source>
        <translation>仅当桌面本身不显示这些任务时。</translation>
    </message>
    <message>
        <source>Pipelines that are tol&amp;d of:</source>
        <translation>发送通知的流水线(&amp;D)：</translation>
    </message>
    <message>
        <source>Pipelines that are told of</source>
        <translation>发送通知的流水线</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>What is changed here counts when the hub is started again.</source>
        <translation>此处的更改将在中枢重新启动后生效。</translation>
    </message>
    <message>
        <source>&amp;Serve the page and other programs</source>
        <translation>为网页和其他程序提供服务(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Address and port:</source>
        <translation>地址和端口(&amp;A)：</translation>
    </message>
    <message>
        <source>127.0.0.1 is this machine alone; with 0.0.0.0 others reach it too, then give it a certificate.</source>
        <translation>127.0.0.1 仅限本机访问；使用 0.0.0.0 时其他机器也能访问，此时请设置证书。</translation>
    </message>
    <message>
        <source>&amp;Certificate:</source>
        <translation>证书(&amp;C)：</translation>
    </message>
    <message>
        <source>Choose a certificate</source>
        <translation>选择证书</translation>
    </message>
    <message>
        <source>Its &amp;key:</source>
        <translation>证书的密钥(&amp;K)：</translation>
    </message>
    <message>
        <source>Choose the key of the certificate</source>
        <translation>选择证书的密钥</translation>
    </message>
    <message>
        <source>A certificate and its key count together: give the other one too.</source>
        <translation>证书和密钥必须同时设置：请补上另一项。</translation>
    </message>
    <message>
        <source>made when the hub starts</source>
        <translation>中枢启动时生成</translation>
    </message>
    <message>
        <source>Sho&amp;w</source>
        <translation>显示(&amp;W)</translation>
    </message>
    <message>
        <source>Show the token</source>
        <translation>显示令牌</translation>
    </message>
    <message>
        <source>Co&amp;py</source>
        <translation>复制(&amp;P)</translation>
    </message>
    <message>
        <source>Copy the token</source>
        <translation>复制令牌</translation>
    </message>
    <message>
        <source>&amp;Token:</source>
        <translation>令牌(&amp;T)：</translation>
    </message>
    <message>
        <source>Who has it can start and cancel jobs.</source>
        <translation>持有令牌的人可以启动和取消任务。</translation>
    </message>
    <message>
        <source>Op&amp;en the page</source>
        <translation>打开网页(&amp;E)</translation>
    </message>
    <message>
        <source>Page:</source>
        <translation>网页：</translation>
    </message>
    <message>
        <source>Address of the page</source>
        <translation>网页地址</translation>
    </message>
    <message>
        <source>The token is in the clipboard.</source>
        <translation>令牌已复制到剪贴板。</translation>
    </message>
    <message>
        <source>%1 cannot be opened: there is no browser</source>
        <translation>无法打开 %1：没有浏览器</translation>
    </message>
    <message>
        <source> days</source>
        <comment>behind a number</comment>
        <translation> 天</translation>
    </message>
    <message>
        <source>Never</source>
        <comment>forget ended jobs</comment>
        <translation>永不</translation>
    </message>
    <message>
        <source>&amp;Forget ended jobs after:</source>
        <translation>多久后清除已结束的任务(&amp;F)：</translation>
    </message>
    <message>
        <source> GiB</source>
        <comment>behind a number</comment>
        <translation> GiB</translation>
    </message>
    <message>
        <source>No limit</source>
        <translation>无限制</translation>
    </message>
    <message>
        <source>&amp;Most space for output:</source>
        <translation>输出占用的最大空间(&amp;M)：</translation>
    </message>
    <message>
        <source>Most &amp;ended jobs:</source>
        <translation>已结束任务的最大数量(&amp;E)：</translation>
    </message>
    <message>
        <source>not served now</source>
        <translation>当前未提供服务</translation>
    </message>
    <message>
        <source>Pages of the settings</source>
        <translation>设置页面</translation>
    </message>
    <message>
        <source>Othe&amp;r hosts</source>
        <translation>其他主机(&amp;R)</translation>
    </message>
</context>
<context>
    <name>stepwire::SettingsFile</name>
    <message>
        <source>%1 cannot be read: %2</source>
        <translation>无法读取 %1：%2</translation>
    </message>
    <message>
        <source>%1 is larger than 1 MiB, change it by hand</source>
        <translation>%1 大于 1 MiB，请手动修改</translation>
    </message>
    <message>
        <source>folder %1 cannot be made</source>
        <translation>无法创建文件夹 %1</translation>
    </message>
    <message>
        <source>%1 cannot be written: %2</source>
        <translation>无法写入 %1：%2</translation>
    </message>
</context>
<context>
    <name>stepwire::SourceForm</name>
    <message>
        <source>Add a server</source>
        <translation>添加服务器</translation>
    </message>
    <message>
        <source>Kind of server</source>
        <translation>服务器种类</translation>
    </message>
    <message>
        <source>&amp;Kind:</source>
        <translation>种类(&amp;K)：</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>名称(&amp;N)：</translation>
    </message>
    <message>
        <source>What it is called here.</source>
        <translation>它在这里的名称。</translation>
    </message>
</context>
<context>
    <name>stepwire::StepsModel</name>
    <message>
        <source>Step</source>
        <translation>步骤</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>时长</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>~%1 %</source>
        <translation>约 %1%</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1%</translation>
    </message>
    <message>
        <source>attempt %1</source>
        <translation>第 %1 次尝试</translation>
    </message>
    <message>
        <source>again in %1</source>
        <comment>a duration</comment>
        <translation>%1后重试</translation>
    </message>
    <message>
        <source>starts again</source>
        <translation>正在重新开始</translation>
    </message>
    <message>
        <source>after %1</source>
        <comment>names of steps</comment>
        <translation>在 %1 之后</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>，</translation>
    </message>
    <message>
        <source>quiet for %1</source>
        <translation>已有 %1没有动静</translation>
    </message>
    <message>
        <source>no progress known</source>
        <translation>进度未知</translation>
    </message>
    <message>
        <source>no time yet</source>
        <translation>尚无时长</translation>
    </message>
    <message>
        <source>nothing to note</source>
        <translation>无备注</translation>
    </message>
    <message>
        <source>no time of its own</source>
        <translation>没有单独的时长</translation>
    </message>
</context>
<context>
    <name>stepwire::StepsView</name>
    <message>
        <source>Steps</source>
        <translation>步骤</translation>
    </message>
</context>
<context>
    <name>stepwire::SuspendInhibitor</name>
    <message>
        <source>Jobs are running</source>
        <translation>有任务正在运行</translation>
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
        <translation>时间线</translation>
    </message>
    <message>
        <source>started after %1</source>
        <comment>a duration</comment>
        <translation>在 %1后开始</translation>
    </message>
    <message>
        <source>runs for %1</source>
        <comment>a duration</comment>
        <translation>已运行 %1</translation>
    </message>
    <message>
        <source>ran for %1</source>
        <comment>a duration</comment>
        <translation>运行了 %1</translation>
    </message>
    <message>
        <source>waited %1</source>
        <comment>a duration</comment>
        <translation>等待了 %1</translation>
    </message>
    <message>
        <source>has waited %1</source>
        <comment>a duration</comment>
        <translation>已等待 %1</translation>
    </message>
    <message>
        <source>on the critical path</source>
        <translation>位于关键路径上</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>，</translation>
    </message>
    <message>
        <source>No step has started yet.</source>
        <translation>尚无步骤开始。</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>critical path</source>
        <translation>关键路径</translation>
    </message>
</context>
<context>
    <name>stepwire::Tray</name>
    <message>
        <source>&amp;Run a Pipeline…</source>
        <translation>运行流水线(&amp;R)…</translation>
    </message>
    <message>
        <source>&amp;Pause the Queue</source>
        <translation>暂停队列(&amp;P)</translation>
    </message>
    <message>
        <source>R&amp;elease the Queue</source>
        <translation>恢复队列(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Show Window</source>
        <translation>显示窗口(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>正在连接…</translation>
    </message>
    <message>
        <source>No connection to the hub</source>
        <translation>未连接到中枢</translation>
    </message>
    <message>
        <source>No connection to the hub: %1</source>
        <translation>未连接到中枢：%1</translation>
    </message>
    <message>
        <source>Nothing is running</source>
        <translation>没有任务在运行</translation>
    </message>
    <message numerus="yes">
        <source>Nothing is running, %n in the queue</source>
        <translation>
            <numerusform>没有任务在运行，队列中有 %n 个</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>另有 %n 个</numerusform>
        </translation>
    </message>
    <message>
        <source>Stepwire</source>
        <translation>Stepwire</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>继续(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>暂停(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Show</source>
        <translation>显示(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>Holds the jobs that wait now; those that come later start as ever</source>
        <translation>搁置当前等待的任务；之后到来的任务照常启动</translation>
    </message>
</context>
<context>
    <name>stepwire::WelcomePage</name>
    <message>
        <source>Run the &amp;Sample</source>
        <translation>运行示例(&amp;S)</translation>
    </message>
    <message>
        <source>A pipeline of three steps that takes about three seconds</source>
        <translation>包含三个步骤的流水线，大约需要三秒</translation>
    </message>
    <message>
        <source>&amp;Wrap a Command…</source>
        <translation>将命令作为任务运行(&amp;W)…</translation>
    </message>
    <message>
        <source>Any program becomes a job with progress, output and history</source>
        <translation>任意程序都可以成为带有进度、输出和历史记录的任务</translation>
    </message>
    <message>
        <source>Run a &amp;Pipeline…</source>
        <translation>运行流水线(&amp;P)…</translation>
    </message>
    <message>
        <source>Choose a pipeline and what it works on</source>
        <translation>选择流水线及其处理的对象</translation>
    </message>
    <message>
        <source>Or put this before any command in a &amp;terminal:</source>
        <translation>或者在终端中将其加在任意命令之前(&amp;T)：</translation>
    </message>
    <message>
        <source>Command for a terminal</source>
        <translation>用于终端的命令</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>复制(&amp;C)</translation>
    </message>
    <message>
        <source>Copies the command for a terminal</source>
        <translation>复制用于终端的命令</translation>
    </message>
    <message>
        <source>One moment</source>
        <translation>请稍候</translation>
    </message>
    <message>
        <source>Stepwire is looking for its hub, the part that runs jobs.</source>
        <translation>Stepwire 正在寻找它的中枢，即运行任务的部分。</translation>
    </message>
    <message>
        <source>No jobs yet</source>
        <translation>尚无任务</translation>
    </message>
    <message>
        <source>A job is a command, or several in the right order. Start one here and watch it.</source>
        <translation>任务是一条命令，或按正确顺序执行的多条命令。在这里启动一个任务并观察它。</translation>
    </message>
    <message>
        <source>The hub is not there</source>
        <translation>找不到中枢</translation>
    </message>
    <message>
        <source>It is the part of Stepwire that runs jobs. This page comes to life when it is back.</source>
        <translation>中枢是 Stepwire 中运行任务的部分。中枢恢复后，此页面将重新可用。</translation>
    </message>
    <message>
        <source>It is the part of Stepwire that runs jobs. This page comes to life when it is back. The last that was heard: %1</source>
        <translation>中枢是 Stepwire 中运行任务的部分。中枢恢复后，此页面将重新可用。最后收到的消息：%1</translation>
    </message>
    <message>
        <source>The sample was not started: %1</source>
        <translation>示例未能启动：%1</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>Add a H&amp;ost…</source>
        <translation>添加主机(&amp;O)…</translation>
    </message>
    <message>
        <source>Jobs of another machine are shown here, too</source>
        <translation>另一台主机的任务也显示在这里</translation>
    </message>
</context>
</TS>
