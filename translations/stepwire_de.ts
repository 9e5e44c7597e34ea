<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>JobView</name>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Rechner</translation>
    </message>
    <message>
        <source>%1 failed: %2</source>
        <comment>step, reason</comment>
        <translation>%1 fehlgeschlagen: %2</translation>
    </message>
</context>
<context>
    <name>NotificationPolicy</name>
    <message>
        <source>%1 on %2</source>
        <comment>a job on a host</comment>
        <translation>%1 auf %2</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>Show Output</source>
        <translation>Ausgabe zeigen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message numerus="yes">
        <source>%1 of %n jobs</source>
        <translation>
            <numerusform>%1 von %n Auftrag</numerusform>
            <numerusform>%1 von %n Aufträgen</numerusform>
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
            <numerusform>%n fehlgeschlagen</numerusform>
            <numerusform>%n fehlgeschlagen</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 succeeded on %2</source>
        <translation>%1 auf %2 erfolgreich</translation>
    </message>
    <message>
        <source>%1 succeeded</source>
        <translation>%1 erfolgreich</translation>
    </message>
    <message>
        <source>%1 succeeded on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%1 auf %2 nach %3 erfolgreich</translation>
    </message>
    <message>
        <source>%1 succeeded after %2</source>
        <comment>job, duration</comment>
        <translation>%1 nach %2 erfolgreich</translation>
    </message>
    <message>
        <source>%1 was interrupted on %2</source>
        <comment>job, host</comment>
        <translation>%1 auf %2 unterbrochen</translation>
    </message>
    <message>
        <source>%1 was interrupted</source>
        <translation>%1 unterbrochen</translation>
    </message>
    <message>
        <source>%1 timed out on %2</source>
        <comment>job, host</comment>
        <translation>%1 auf %2: Zeit überschritten</translation>
    </message>
    <message>
        <source>%1 failed on %2</source>
        <comment>job, host</comment>
        <translation>%1 auf %2 fehlgeschlagen</translation>
    </message>
    <message>
        <source>%1 timed out</source>
        <translation>%1: Zeit überschritten</translation>
    </message>
    <message>
        <source>%1 failed</source>
        <translation>%1 fehlgeschlagen</translation>
    </message>
    <message>
        <source>%1 timed out on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%1 auf %2: Zeit nach %3 überschritten</translation>
    </message>
    <message>
        <source>%1 failed on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%1 auf %2 nach %3 fehlgeschlagen</translation>
    </message>
    <message>
        <source>%1 timed out after %2</source>
        <comment>job, duration</comment>
        <translation>%1: Zeit nach %2 überschritten</translation>
    </message>
    <message>
        <source>%1 failed after %2</source>
        <comment>job, duration</comment>
        <translation>%1 nach %2 fehlgeschlagen</translation>
    </message>
    <message>
        <source>%1 timed out at %2 on %3 after %4</source>
        <comment>job, step, host, duration</comment>
        <translation>%1 auf %3: Zeit nach %4 überschritten, bei %2</translation>
    </message>
    <message>
        <source>%1 failed at %2 on %3 after %4</source>
        <comment>job, step, host, duration</comment>
        <translation>%1 auf %3 nach %4 bei %2 fehlgeschlagen</translation>
    </message>
    <message>
        <source>%1 timed out at %2 after %3</source>
        <comment>job, step, duration</comment>
        <translation>%1: Zeit nach %3 überschritten, bei %2</translation>
    </message>
    <message>
        <source>%1 failed at %2 after %3</source>
        <comment>job, step, duration</comment>
        <translation>%1 nach %3 bei %2 fehlgeschlagen</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>Retry from Here</source>
        <translation>Ab hier wiederholen</translation>
    </message>
    <message numerus="yes">
        <source>%n succeeded</source>
        <translation>
            <numerusform>%n erfolgreich</numerusform>
            <numerusform>%n erfolgreich</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cancelled</source>
        <translation>
            <numerusform>%n abgebrochen</numerusform>
            <numerusform>%n abgebrochen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n skipped</source>
        <translation>
            <numerusform>%n übersprungen</numerusform>
            <numerusform>%n übersprungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n jobs on %1 finished</source>
        <translation>
            <numerusform>%n Auftrag auf %1 beendet</numerusform>
            <numerusform>%n Aufträge auf %1 beendet</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n jobs finished</source>
        <translation>
            <numerusform>%n Auftrag beendet</numerusform>
            <numerusform>%n Aufträge beendet</numerusform>
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
            <numerusform>%1 und %n weiterer</numerusform>
            <numerusform>%1 und %n weitere</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>%1 s</source>
        <comment>seconds on an axis</comment>
        <translation>%1 s</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>queued</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>held</source>
        <translation>zurückgehalten</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>pausing</source>
        <translation>wird pausiert</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>pausiert</translation>
    </message>
    <message>
        <source>cancelling</source>
        <translation>wird abgebrochen</translation>
    </message>
    <message>
        <source>succeeded</source>
        <translation>erfolgreich</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>timed out</source>
        <translation>Zeit überschritten</translation>
    </message>
    <message>
        <source>skipped</source>
        <translation>übersprungen</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>unterbrochen</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 min %2 s</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 h %2 min</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 min</translation>
    </message>
    <message>
        <source>%1 h</source>
        <translation>%1 h</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>gerade eben</translation>
    </message>
    <message numerus="yes">
        <source>%n days ago</source>
        <translation>
            <numerusform>vor %n Tag</numerusform>
            <numerusform>vor %n Tagen</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 ago</source>
        <comment>a duration</comment>
        <translation>vor %1</translation>
    </message>
    <message>
        <source>~%1 left</source>
        <translation>noch ~%1</translation>
    </message>
    <message>
        <source>~%1 %</source>
        <translation>~%1 %</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>#%1 in the queue</source>
        <translation>Platz %1 in der Warteschlange</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>error: last line</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>quiet for %1</source>
        <translation>seit %1 still</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
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
        <translation>%1 auf %2</translation>
    </message>
</context>
<context>
    <name>stepwire::BackgroundStatus</name>
    <message>
        <source>No job runs</source>
        <translation>Kein Auftrag läuft</translation>
    </message>
    <message numerus="yes">
        <source>%n jobs</source>
        <translation>
            <numerusform>%n Auftrag</numerusform>
            <numerusform>%n Aufträge</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>~%1 left</source>
        <translation>noch ~%1</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>Jobs go on while the window is hidden.</source>
        <translation>Aufträge laufen weiter, während das Fenster versteckt ist.</translation>
    </message>
</context>
<context>
    <name>stepwire::DesktopApp</name>
    <message>
        <source>The window that is open already was raised.</source>
        <translation>Das schon offene Fenster wurde nach vorn geholt.</translation>
    </message>
    <message>
        <source>There is no translation to “%1”, which [window] language of config.toml names.</source>
        <translation>Es gibt keine Übersetzung in „%1“, das in config.toml unter [window] language steht.</translation>
    </message>
    <message>
        <source>Quit Stepwire</source>
        <translation>Stepwire beenden</translation>
    </message>
    <message numerus="yes">
        <source>%n jobs are running in this program.</source>
        <translation>
            <numerusform>In diesem Programm läuft %n Auftrag.</numerusform>
            <numerusform>In diesem Programm laufen %n Aufträge.</numerusform>
        </translation>
    </message>
    <message>
        <source>They end with it. A job that was interrupted can be retried later.</source>
        <translation>Mit ihm endet, was darin läuft. Ein unterbrochener Auftrag kann später wiederholt werden.</translation>
    </message>
    <message>
        <source>Keep Running in the &amp;Tray</source>
        <translation>Im &amp;Systemabschnitt weiterlaufen</translation>
    </message>
    <message>
        <source>Keep Running, &amp;Minimised</source>
        <translation>&amp;Minimiert weiterlaufen</translation>
    </message>
    <message>
        <source>Quit &amp;When They Have Ended</source>
        <translation>Beenden, &amp;wenn alles fertig ist</translation>
    </message>
    <message>
        <source>&amp;Cancel the Jobs and Quit</source>
        <translation>Aufträge &amp;abbrechen und beenden</translation>
    </message>
    <message>
        <source>&amp;Stay</source>
        <translation>&amp;Bleiben</translation>
    </message>
    <message>
        <source>About Stepwire</source>
        <translation>Über Stepwire</translation>
    </message>
    <message>
        <source>Stepwire %1</source>
        <translation>Stepwire %1</translation>
    </message>
    <message>
        <source>Runs pipelines and commands and shows how far they are, everywhere at once.</source>
        <translation>Führt Pipelines und Befehle aus und zeigt überall zugleich, wie weit sie sind.</translation>
    </message>
    <message>
        <source>There is no tray to start hidden in, so the window is shown.</source>
        <translation>Es gibt keinen Systemabschnitt, in dem versteckt gestartet werden kann; das Fenster wird gezeigt.</translation>
    </message>
    <message numerus="yes">
        <source>%n more wait. When the others have ended these go on without the window; after a cancel they are held.</source>
        <translation>
            <numerusform>%n weiterer wartet. Wenn die anderen beendet sind, geht er ohne das Fenster weiter; nach einem Abbruch wird er zurückgehalten.</numerusform>
            <numerusform>%n weitere warten. Wenn die anderen beendet sind, gehen sie ohne das Fenster weiter; nach einem Abbruch werden sie zurückgehalten.</numerusform>
        </translation>
    </message>
    <message>
        <source>Stepwire quits when the jobs have ended.</source>
        <translation>Stepwire wird beendet, wenn die Aufträge beendet sind.</translation>
    </message>
    <message numerus="yes">
        <source>No hub could take over what waits: %n jobs stay held.</source>
        <translation>
            <numerusform>Kein Hub konnte übernehmen, was wartet: %n Auftrag bleibt zurückgehalten.</numerusform>
            <numerusform>Kein Hub konnte übernehmen, was wartet: %n Aufträge bleiben zurückgehalten.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::FreedesktopNotifier</name>
    <message>
        <source>The desktop&apos;s notifications do not answer, so the end of jobs is not told there.</source>
        <translation>Die Benachrichtigungen der Arbeitsumgebung antworten nicht; das Ende von Aufträgen wird dort nicht gemeldet.</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>notification in one line</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Anzeigen</translation>
    </message>
    <message>
        <source>Stepwire</source>
        <translation>Stepwire</translation>
    </message>
    <message>
        <source>No notification service runs, so the end of jobs is not told on the desktop.</source>
        <translation>Es läuft kein Benachrichtigungsdienst; das Ende von Aufträgen wird in der Arbeitsumgebung nicht gemeldet.</translation>
    </message>
</context>
<context>
    <name>stepwire::HostForm</name>
    <message>
        <source>Add a host</source>
        <translation>Rechner hinzufügen</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>&amp;Name:</translation>
    </message>
    <message>
        <source>What it is called here.</source>
        <translation>Wie er hier heißt.</translation>
    </message>
    <message>
        <source>A&amp;ddress:</source>
        <translation>&amp;Adresse:</translation>
    </message>
    <message>
        <source>user@host for SSH, wss://host:port for a WebSocket, or the path of a hub&apos;s socket.</source>
        <translation>user@host für SSH, wss://host:port für einen WebSocket oder der Pfad des Sockets eines Hubs.</translation>
    </message>
    <message>
        <source>&amp;Program there:</source>
        <translation>&amp;Programm dort:</translation>
    </message>
    <message>
        <source>What SSH calls there when it is not “stepwire”.</source>
        <translation>Was SSH dort aufruft, wenn es nicht „stepwire“ ist.</translation>
    </message>
    <message>
        <source>&amp;Token:</source>
        <translation>&amp;Token:</translation>
    </message>
    <message>
        <source>Its hub&apos;s file “token”, or “token.read” to look only.</source>
        <translation>Die Datei „token“ seines Hubs, oder „token.read“, um nur zuzusehen.</translation>
    </message>
    <message>
        <source>&amp;Certificate:</source>
        <translation>&amp;Zertifikat:</translation>
    </message>
    <message>
        <source>SHA-256 of its certificate, where no authority vouches for it.</source>
        <translation>SHA-256 seines Zertifikats, wenn keine Stelle dafür bürgt.</translation>
    </message>
</context>
<context>
    <name>stepwire::HostsPage</name>
    <message>
        <source>&amp;Add a host…</source>
        <translation>&amp;Rechner hinzufügen …</translation>
    </message>
    <message>
        <source>Add a ser&amp;ver…</source>
        <translation>&amp;Server hinzufügen …</translation>
    </message>
    <message>
        <source>Re&amp;move…</source>
        <translation>&amp;Entfernen …</translation>
    </message>
    <message>
        <source>Jobs of other machines, and of other systems&apos; servers, are shown beside those of this one.</source>
        <translation>Aufträge anderer Rechner und der Server anderer Systeme werden neben denen dieses Rechners gezeigt.</translation>
    </message>
    <message>
        <source>Hosts and servers</source>
        <translation>Rechner und Server</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Standing</source>
        <translation>Stand</translation>
    </message>
    <message>
        <source>connecting…</source>
        <translation>wird verbunden …</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>verbunden</translation>
    </message>
    <message>
        <source>lost %1</source>
        <comment>4 min ago</comment>
        <translation>verloren: %1</translation>
    </message>
    <message>
        <source>lost</source>
        <translation>verloren</translation>
    </message>
    <message>
        <source>shown already</source>
        <translation>wird schon gezeigt</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>how a host is, why</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>kind of a server, its address</comment>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>%1, %2, %3</source>
        <comment>a host, its address, how it is</comment>
        <translation>%1, %2, %3</translation>
    </message>
    <message>
        <source>There is no hub to ask at the moment.</source>
        <translation>Zurzeit ist kein Hub da, der gefragt werden kann.</translation>
    </message>
    <message>
        <source>There are none yet.</source>
        <translation>Es gibt noch keine.</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>a host, why it is lost</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>The hub knows no kinds of servers.</source>
        <translation>Der Hub kennt keine Arten von Servern.</translation>
    </message>
    <message>
        <source>“%1” is kept, but shows nothing: %2.</source>
        <translation>„%1“ ist gespeichert, zeigt aber nichts: %2.</translation>
    </message>
    <message>
        <source>“%1” is kept and tried again, but cannot be reached now: %2.</source>
        <translation>„%1“ ist gespeichert und wird wieder versucht, ist jetzt aber nicht erreichbar: %2.</translation>
    </message>
    <message>
        <source>“%1” was added.</source>
        <translation>„%1“ wurde hinzugefügt.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Remove “%1”?</source>
        <translation>„%1“ entfernen?</translation>
    </message>
    <message>
        <source>Its jobs go on there, but are shown here no more.</source>
        <translation>Die Aufträge dort laufen weiter, werden hier aber nicht mehr gezeigt.</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>&amp;Entfernen</translation>
    </message>
</context>
<context>
    <name>stepwire::HubForm</name>
    <message>
        <source>&amp;Add</source>
        <translation>&amp;Hinzufügen</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Anzeigen</translation>
    </message>
    <message>
        <source>Show %1</source>
        <comment>what is secret, as the token</comment>
        <translation>%1 anzeigen</translation>
    </message>
    <message>
        <source>This is needed.</source>
        <translation>Das wird benötigt.</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>Verbinden …</translation>
    </message>
</context>
<context>
    <name>stepwire::JobActions</name>
    <message>
        <source>“%1” was taken out of the queue</source>
        <translation>„%1“ wurde aus der Warteschlange genommen</translation>
    </message>
    <message>
        <source>“%1” is held</source>
        <translation>„%1“ wird zurückgehalten</translation>
    </message>
    <message>
        <source>“%1” was moved</source>
        <translation>„%1“ wurde verschoben</translation>
    </message>
    <message numerus="yes">
        <source>%n waiting jobs are held, what comes next is not</source>
        <translation>
            <numerusform>%n wartender Auftrag wird zurückgehalten, was danach kommt, nicht</numerusform>
            <numerusform>%n wartende Aufträge werden zurückgehalten, was danach kommt, nicht</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::JobListModel</name>
    <message>
        <source>Running</source>
        <translation>Laufend</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>Wartend</translation>
    </message>
    <message>
        <source>Held / paused</source>
        <translation>Zurückgehalten / pausiert</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Heute</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Gestern</translation>
    </message>
    <message>
        <source>dddd d MMMM</source>
        <comment>a day: QLocale&apos;s letters</comment>
        <translation>dddd, d. MMMM</translation>
    </message>
    <message>
        <source>dddd d MMMM yyyy</source>
        <comment>a day of another year: QLocale&apos;s letters</comment>
        <translation>dddd, d. MMMM yyyy</translation>
    </message>
    <message>
        <source>%1 / %2</source>
        <comment>a job and one that a step of it started</comment>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>part of %1</source>
        <comment>a job</comment>
        <translation>Teil von %1</translation>
    </message>
    <message>
        <source>took %1</source>
        <translation>dauerte %1</translation>
    </message>
    <message>
        <source>last seen %1</source>
        <translation>zuletzt gesehen: %1</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
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
            <numerusform>%1, %n Auftrag</numerusform>
            <numerusform>%1, %n Aufträge</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::JobListView</name>
    <message>
        <source>here</source>
        <comment>on this host</comment>
        <translation>hier</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>failed: a step, why</comment>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>waits for %1</source>
        <translation>wartet auf %1</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>#1 in the queue, waits for a thing</comment>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>last seen %1</source>
        <comment>4 min ago</comment>
        <translation>zuletzt gesehen: %1</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>Aufträge</translation>
    </message>
    <message>
        <source>No jobs yet</source>
        <translation>Noch keine Aufträge</translation>
    </message>
    <message>
        <source>No jobs on %1</source>
        <translation>Keine Aufträge auf %1</translation>
    </message>
    <message>
        <source>No job matches “%1”</source>
        <translation>Kein Auftrag passt zu „%1“</translation>
    </message>
    <message>
        <source>No job on %1 matches “%2”</source>
        <translation>Kein Auftrag auf %1 passt zu „%2“</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Pausieren</translation>
    </message>
    <message>
        <source>Pause &amp;after this step</source>
        <translation>&amp;Nach diesem Schritt pausieren</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>&amp;Fortsetzen</translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation>&amp;Zurückhalten</translation>
    </message>
    <message>
        <source>&amp;Release</source>
        <translation>Frei&amp;geben</translation>
    </message>
    <message>
        <source>Move &amp;up in the queue</source>
        <translation>In der Warteschlange nach &amp;oben</translation>
    </message>
    <message>
        <source>Move &amp;down in the queue</source>
        <translation>In der Warteschlange nach &amp;unten</translation>
    </message>
    <message>
        <source>Re&amp;try</source>
        <translation>&amp;Wiederholen</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>Take &amp;out of the queue</source>
        <translation>Aus der Warteschlange n&amp;ehmen</translation>
    </message>
    <message>
        <source>Copy r&amp;eport</source>
        <translation>&amp;Bericht kopieren</translation>
    </message>
</context>
<context>
    <name>stepwire::JobPane</name>
    <message>
        <source>Parts of the job</source>
        <translation>Teile des Auftrags</translation>
    </message>
    <message>
        <source>&amp;Steps</source>
        <translation>&amp;Schritte</translation>
    </message>
    <message>
        <source>T&amp;imeline</source>
        <translation>Zeit&amp;verlauf</translation>
    </message>
    <message>
        <source>&amp;Output</source>
        <translation>&amp;Ausgabe</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>&amp;Details</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>A&amp;bbrechen</translation>
    </message>
    <message>
        <source>End this job</source>
        <translation>Diesen Auftrag beenden</translation>
    </message>
    <message>
        <source>&amp;Pause Now</source>
        <translation>&amp;Jetzt pausieren</translation>
    </message>
    <message>
        <source>Pause &amp;After This Step</source>
        <translation>Nach dies&amp;em Schritt pausieren</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>&amp;Fortsetzen</translation>
    </message>
    <message>
        <source>Re&amp;try</source>
        <translation>&amp;Wiederholen</translation>
    </message>
    <message>
        <source>Run again what did not succeed</source>
        <translation>Noch einmal ausführen, was nicht erfolgreich war</translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation>Zurückha&amp;lten</translation>
    </message>
    <message>
        <source>Keep this job in the queue until it is released</source>
        <translation>Diesen Auftrag in der Warteschlange lassen, bis er freigegeben wird</translation>
    </message>
    <message>
        <source>Re&amp;lease</source>
        <translation>Frei&amp;geben</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>what a button does, its keys</comment>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Pausieren</translation>
    </message>
    <message>
        <source>Job</source>
        <translation>Auftrag</translation>
    </message>
    <message>
        <source>How far it is</source>
        <translation>Wie weit er ist</translation>
    </message>
    <message>
        <source>Progress of the job</source>
        <translation>Fortschritt des Auftrags</translation>
    </message>
    <message>
        <source>State of the job</source>
        <translation>Zustand des Auftrags</translation>
    </message>
    <message>
        <source>Age of what is shown</source>
        <translation>Alter des Angezeigten</translation>
    </message>
    <message>
        <source>What can be done</source>
        <translation>Was getan werden kann</translation>
    </message>
    <message>
        <source>What went wrong</source>
        <translation>Was schiefging</translation>
    </message>
    <message>
        <source>Last line of output</source>
        <translation>Letzte Zeile der Ausgabe</translation>
    </message>
    <message>
        <source>Sho&amp;w Output</source>
        <translation>Ausgabe &amp;zeigen</translation>
    </message>
    <message>
        <source>Retry &amp;from Here</source>
        <translation>Ab h&amp;ier wiederholen</translation>
    </message>
    <message>
        <source>Cop&amp;y Report</source>
        <translation>Beri&amp;cht kopieren</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Details</translation>
    </message>
    <message>
        <source>Choose a job to see its steps and its output.</source>
        <translation>Einen Auftrag auswählen, um seine Schritte und seine Ausgabe zu sehen.</translation>
    </message>
    <message>
        <source>This job is no longer known.</source>
        <translation>Dieser Auftrag ist nicht mehr bekannt.</translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <comment>a job, its host</comment>
        <translation>%1 · %2</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>waits for %1</source>
        <translation>wartet auf %1</translation>
    </message>
    <message>
        <source>attempt %1</source>
        <translation>Versuch %1</translation>
    </message>
    <message>
        <source>started %1</source>
        <comment>a date and time</comment>
        <translation>Beginn: %1</translation>
    </message>
    <message>
        <source>took %1</source>
        <comment>a duration</comment>
        <translation>dauerte %1</translation>
    </message>
    <message>
        <source>for %1</source>
        <comment>a duration</comment>
        <translation>seit %1</translation>
    </message>
    <message>
        <source>since %1</source>
        <comment>a date and time</comment>
        <translation>seit %1</translation>
    </message>
    <message>
        <source>The hub cannot be reached, what is shown is from %1</source>
        <comment>4 min ago</comment>
        <translation>Der Hub ist nicht erreichbar, angezeigter Stand: %1</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>a sentence, a reason</comment>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>%1 on %2</source>
        <comment>failed on a host</comment>
        <translation>%1 auf %2</translation>
    </message>
    <message>
        <source>%1 %2 on %3</source>
        <comment>a step failed on a host</comment>
        <translation>%1 %2 auf %3</translation>
    </message>
    <message>
        <source>%1 after %2</source>
        <comment>failed, a duration</comment>
        <translation>%1 nach %2</translation>
    </message>
    <message>
        <source>Pipeline</source>
        <translation>Pipeline</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>Gruppe</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Rechner</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>Eingereiht</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>Begonnen</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>Beendet</translation>
    </message>
    <message>
        <source>Part of</source>
        <translation>Teil von</translation>
    </message>
    <message>
        <source>Id</source>
        <translation>Kennung</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>Facts</source>
        <translation>Fakten</translation>
    </message>
    <message>
        <source>%1:</source>
        <comment>name of a fact</comment>
        <translation>%1:</translation>
    </message>
    <message>
        <source>Show &amp;Output</source>
        <translation>&amp;Ausgabe zeigen</translation>
    </message>
    <message>
        <source>&amp;Retry from Here</source>
        <translation>Ab &amp;hier wiederholen</translation>
    </message>
    <message>
        <source>&amp;Cancel This Step</source>
        <translation>Diesen Schritt a&amp;bbrechen</translation>
    </message>
    <message>
        <source>%1 cannot be reached, what is shown is from %2</source>
        <comment>a host, 4 min ago</comment>
        <translation>%1 ist nicht erreichbar, angezeigter Stand: %2</translation>
    </message>
</context>
<context>
    <name>stepwire::JobViewServer</name>
    <message>
        <source>job of %1</source>
        <comment>a program</comment>
        <translation>Auftrag von %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>a program: what it does</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>failed with error %1</source>
        <translation>fehlgeschlagen mit Fehler %1</translation>
    </message>
    <message>
        <source>%1 ended without saying how it went</source>
        <comment>a program</comment>
        <translation>%1 endete, ohne zu sagen, wie es ausging</translation>
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
        <translation>Rüc&amp;kgängig</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Search…</source>
        <translation>Suchen …</translation>
    </message>
    <message>
        <source>Search jobs</source>
        <translation>Aufträge suchen</translation>
    </message>
    <message>
        <source>Hosts</source>
        <translation>Rechner</translation>
    </message>
    <message>
        <source>All hosts</source>
        <translation>Alle Rechner</translation>
    </message>
    <message>
        <source>Stepwi&amp;re</source>
        <translation>Stepwi&amp;re</translation>
    </message>
    <message>
        <source>&amp;Run…</source>
        <translation>&amp;Ausführen …</translation>
    </message>
    <message>
        <source>Run a pipeline or a command (Ctrl+N)</source>
        <translation>Eine Pipeline oder einen Befehl ausführen (Strg+N)</translation>
    </message>
    <message>
        <source>Run a &amp;Command…</source>
        <translation>&amp;Befehl ausführen …</translation>
    </message>
    <message>
        <source>Se&amp;ttings…</source>
        <translation>&amp;Einstellungen …</translation>
    </message>
    <message>
        <source>&amp;Close Window</source>
        <translation>&amp;Fenster schließen</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>&amp;Job</source>
        <translation>Auf&amp;trag</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>A&amp;nsicht</translation>
    </message>
    <message>
        <source>&amp;Search Jobs</source>
        <translation>Aufträge &amp;suchen</translation>
    </message>
    <message>
        <source>&amp;Jobs</source>
        <translation>A&amp;ufträge</translation>
    </message>
    <message>
        <source>S&amp;teps</source>
        <translation>S&amp;chritte</translation>
    </message>
    <message>
        <source>Time&amp;line</source>
        <translation>Zeit&amp;verlauf</translation>
    </message>
    <message>
        <source>&amp;Output</source>
        <translation>&amp;Ausgabe</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>&amp;Details</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;About Stepwire</source>
        <translation>&amp;Über Stepwire</translation>
    </message>
    <message>
        <source>Main toolbar</source>
        <translation>Hauptwerkzeugleiste</translation>
    </message>
    <message numerus="yes">
        <source>%n running</source>
        <translation>
            <numerusform>%n läuft</numerusform>
            <numerusform>%n laufen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n wartet</numerusform>
            <numerusform>%n warten</numerusform>
        </translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>◌ looking for a hub</source>
        <translation>◌ sucht einen Hub</translation>
    </message>
    <message>
        <source>There is no hub yet: %1. Trying again.</source>
        <translation>Es gibt noch keinen Hub: %1. Neuer Versuch läuft.</translation>
    </message>
    <message>
        <source>● %1</source>
        <translation>● %1</translation>
    </message>
    <message>
        <source>The hub lives in this window&apos;s program.</source>
        <translation>Der Hub lebt im Programm dieses Fensters.</translation>
    </message>
    <message>
        <source>The hub is a program of its own; this window may be closed.</source>
        <translation>Der Hub ist ein eigenes Programm; dieses Fenster darf geschlossen werden.</translation>
    </message>
    <message>
        <source>What happens is not kept at the moment: %1.</source>
        <translation>Was geschieht, wird zurzeit nicht aufgezeichnet: %1.</translation>
    </message>
    <message>
        <source>◌ %1, last seen %2</source>
        <translation>◌ %1, zuletzt gesehen: %2</translation>
    </message>
    <message>
        <source>The hub does not answer: %1. What is shown is as it was %2.</source>
        <translation>Der Hub antwortet nicht: %1. Angezeigter Stand: %2.</translation>
    </message>
    <message>
        <source>%1 (lost)</source>
        <comment>a host</comment>
        <translation>%1 (verloren)</translation>
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
            <numerusform>● %n Rechner</numerusform>
            <numerusform>● %n Rechner</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>◌ %n lost</source>
        <comment>hosts</comment>
        <translation>
            <numerusform>◌ %n verloren</numerusform>
            <numerusform>◌ %n verloren</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 is lost: %2</source>
        <comment>a host</comment>
        <translation>%1 ist verloren: %2</translation>
    </message>
    <message>
        <source>%1 is back</source>
        <comment>a host</comment>
        <translation>%1 ist wieder da</translation>
    </message>
</context>
<context>
    <name>stepwire::OutputPane</name>
    <message>
        <source>Output</source>
        <translation>Ausgabe</translation>
    </message>
    <message>
        <source>Jump to end</source>
        <translation>Zum Ende springen</translation>
    </message>
    <message>
        <source>Jump to the end and stay there (Ctrl+End)</source>
        <translation>Zum Ende springen und dort bleiben (Strg+Ende)</translation>
    </message>
    <message>
        <source>… %1 left out</source>
        <translation>… %1 ausgelassen</translation>
    </message>
    <message>
        <source>%1, attempt %2</source>
        <translation>%1, Versuch %2</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message numerus="yes">
        <source>%n earlier line(s) not shown</source>
        <translation>
            <numerusform>%n frühere Zeile nicht gezeigt</numerusform>
            <numerusform>%n frühere Zeilen nicht gezeigt</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Open %1</source>
        <translation>%1 ö&amp;ffnen</translation>
    </message>
    <message>
        <source>Copy &amp;address</source>
        <translation>&amp;Adresse kopieren</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>&amp;Select all</source>
        <translation>Alles aus&amp;wählen</translation>
    </message>
    <message>
        <source>&amp;Find…</source>
        <translation>&amp;Suchen …</translation>
    </message>
    <message>
        <source>There was no output.</source>
        <translation>Es gab keine Ausgabe.</translation>
    </message>
    <message>
        <source>No output yet.</source>
        <translation>Noch keine Ausgabe.</translation>
    </message>
</context>
<context>
    <name>stepwire::OutputView</name>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>&amp;Output of</source>
        <translation>Ausgabe v&amp;on</translation>
    </message>
    <message>
        <source>&amp;Find</source>
        <translation>S&amp;uchen</translation>
    </message>
    <message>
        <source>Search in the output (Ctrl+F)</source>
        <translation>In der Ausgabe suchen (Strg+F)</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>Copy what is selected, or all of the output</source>
        <translation>Die Auswahl kopieren, oder die ganze Ausgabe</translation>
    </message>
    <message>
        <source>Search in the output</source>
        <translation>In der Ausgabe suchen</translation>
    </message>
    <message>
        <source>Matches</source>
        <translation>Treffer</translation>
    </message>
    <message>
        <source>&amp;Previous</source>
        <translation>&amp;Vorheriger</translation>
    </message>
    <message>
        <source>The match before (Shift+F3)</source>
        <translation>Der Treffer davor (Umschalt+F3)</translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation>&amp;Nächster</translation>
    </message>
    <message>
        <source>The next match (F3)</source>
        <translation>Der nächste Treffer (F3)</translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation>Sch&amp;ließen</translation>
    </message>
    <message>
        <source>Close the search (Esc)</source>
        <translation>Die Suche schließen (Esc)</translation>
    </message>
    <message>
        <source>Output of %1</source>
        <translation>Ausgabe von %1</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>Ausgabe</translation>
    </message>
    <message>
        <source>All steps</source>
        <translation>Alle Schritte</translation>
    </message>
    <message>
        <source>No matches</source>
        <translation>Keine Treffer</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message numerus="yes">
        <source>%n match(es)</source>
        <translation>
            <numerusform>%n Treffer</numerusform>
            <numerusform>%n Treffer</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::ParameterForm</name>
    <message>
        <source>(not set)</source>
        <translation>(nicht gesetzt)</translation>
    </message>
    <message>
        <source>%1 *</source>
        <translation>%1 *</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Durchsuchen …</translation>
    </message>
    <message>
        <source>Browse for %1</source>
        <translation>%1 suchen</translation>
    </message>
    <message>
        <source>A &amp;File…</source>
        <translation>&amp;Datei …</translation>
    </message>
    <message>
        <source>A F&amp;older…</source>
        <translation>&amp;Ordner …</translation>
    </message>
    <message>
        <source>As the pipeline says</source>
        <translation>Wie die Pipeline sagt</translation>
    </message>
    <message>
        <source>Yes</source>
        <translation>Ja</translation>
    </message>
    <message>
        <source>No</source>
        <translation>Nein</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Auswählen …</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Auswählen</translation>
    </message>
    <message>
        <source>“%1” is needed.</source>
        <translation>„%1“ wird benötigt.</translation>
    </message>
    <message>
        <source>The value</source>
        <translation>Der Wert</translation>
    </message>
    <message>
        <source>“%1”</source>
        <translation>„%1“</translation>
    </message>
    <message>
        <source>%1 is not a whole number.</source>
        <translation>%1 ist keine ganze Zahl.</translation>
    </message>
    <message>
        <source>%1 is not a number.</source>
        <translation>%1 ist keine Zahl.</translation>
    </message>
    <message>
        <source>needed</source>
        <translation>nötig</translation>
    </message>
    <message>
        <source>* needed</source>
        <translation>* nötig</translation>
    </message>
</context>
<context>
    <name>stepwire::PortalNotifier</name>
    <message>
        <source>The desktop&apos;s notifications do not answer, so the end of jobs is not told there.</source>
        <translation>Die Benachrichtigungen der Arbeitsumgebung antworten nicht; das Ende von Aufträgen wird dort nicht gemeldet.</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
</context>
<context>
    <name>stepwire::RunDialog</name>
    <message>
        <source>line %1, column %2: </source>
        <translation>Zeile %1, Spalte %2: </translation>
    </message>
    <message>
        <source>line %1: </source>
        <translation>Zeile %1: </translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Ausführen</translation>
    </message>
    <message>
        <source>Why it was not started</source>
        <translation>Warum er nicht gestartet wurde</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>&amp;Ausführen</translation>
    </message>
    <message>
        <source>Start the job (%1)</source>
        <translation>Den Auftrag starten (%1)</translation>
    </message>
    <message>
        <source>Search pipelines</source>
        <translation>Pipelines suchen</translation>
    </message>
    <message>
        <source>Pipelines</source>
        <translation>Pipelines</translation>
    </message>
    <message>
        <source>A command…</source>
        <translation>Ein Befehl …</translation>
    </message>
    <message>
        <source>any program, as a job</source>
        <translation>irgendein Programm, als Auftrag</translation>
    </message>
    <message>
        <source>&amp;Command</source>
        <translation>&amp;Befehl</translation>
    </message>
    <message>
        <source>A program and its arguments, those with spaces in &quot;double quotes&quot;. No shell reads it; for pipes and wildcards run sh -c &quot;…&quot;.</source>
        <translation>Ein Programm und seine Argumente, solche mit Leerzeichen in &quot;doppelten Anführungszeichen&quot;. Keine Shell liest es; für Pipes und Platzhalter sh -c &quot;…&quot; ausführen.</translation>
    </message>
    <message>
        <source>&amp;Browse…</source>
        <translation>&amp;Durchsuchen …</translation>
    </message>
    <message>
        <source>Browse for a folder</source>
        <translation>Einen Ordner suchen</translation>
    </message>
    <message>
        <source>Folder to run in</source>
        <translation>Ordner, in dem ausgeführt wird</translation>
    </message>
    <message>
        <source>In &amp;folder</source>
        <translation>Im &amp;Ordner</translation>
    </message>
    <message>
        <source>Where the program starts; the home folder when empty.</source>
        <translation>Wo das Programm startet; leer: der persönliche Ordner.</translation>
    </message>
    <message>
        <source>&amp;More options</source>
        <translation>&amp;Weitere Optionen</translation>
    </message>
    <message>
        <source>Title of the job</source>
        <translation>Titel des Auftrags</translation>
    </message>
    <message>
        <source>&amp;Title</source>
        <translation>&amp;Titel</translation>
    </message>
    <message>
        <source>Group whose queue the job waits in</source>
        <translation>Gruppe, in deren Warteschlange der Auftrag wartet</translation>
    </message>
    <message>
        <source>Jobs of one group wait for each other</source>
        <translation>Aufträge einer Gruppe warten aufeinander</translation>
    </message>
    <message>
        <source>&amp;Group</source>
        <translation>&amp;Gruppe</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Steps at once</source>
        <translation>Schritte gleichzeitig</translation>
    </message>
    <message>
        <source>&amp;Steps at once</source>
        <translation>&amp;Schritte gleichzeitig</translation>
    </message>
    <message>
        <source>Asking for pipelines…</source>
        <translation>Pipelines werden erfragt …</translation>
    </message>
    <message>
        <source>Pipelines cannot be listed: %1</source>
        <translation>Pipelines können nicht aufgelistet werden: %1</translation>
    </message>
    <message>
        <source>There are no pipelines yet. Drop a .toml file here to run it.</source>
        <translation>Es gibt noch keine Pipelines. Eine .toml-Datei, die hier abgelegt wird, wird ausgeführt.</translation>
    </message>
    <message>
        <source>A command</source>
        <translation>Ein Befehl</translation>
    </message>
    <message>
        <source>Any program becomes a job of one step, with its output, progress and history.</source>
        <translation>Jedes Programm wird zu einem Auftrag mit einem Schritt, mit Ausgabe, Fortschritt und Verlauf.</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>und %n weiterer</numerusform>
            <numerusform>und %n weitere</numerusform>
        </translation>
    </message>
    <message>
        <source>Steps: %1</source>
        <translation>Schritte: %1</translation>
    </message>
    <message>
        <source>This pipeline cannot be run:</source>
        <translation>Diese Pipeline kann nicht ausgeführt werden:</translation>
    </message>
    <message>
        <source>the command</source>
        <translation>der Befehl</translation>
    </message>
    <message>
        <source>A command is needed.</source>
        <translation>Ein Befehl wird benötigt.</translation>
    </message>
    <message>
        <source>“%1” is no whole path; one begins with / or ~/.</source>
        <translation>„%1“ ist kein vollständiger Pfad; ein solcher beginnt mit / oder ~/.</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Wird gestartet …</translation>
    </message>
    <message>
        <source>The pipeline has faults:</source>
        <translation>Die Pipeline hat Fehler:</translation>
    </message>
    <message>
        <source>“%1” takes no file.</source>
        <translation>„%1“ nimmt keine Datei.</translation>
    </message>
    <message>
        <source>What is run</source>
        <translation>Was ausgeführt wird</translation>
    </message>
    <message>
        <source>Host to run on</source>
        <translation>Rechner, auf dem ausgeführt wird</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>Dieser Rechner</translation>
    </message>
    <message>
        <source>&amp;On</source>
        <translation>A&amp;uf</translation>
    </message>
    <message>
        <source>There are no pipelines on %1.</source>
        <translation>Auf %1 gibt es keine Pipelines.</translation>
    </message>
</context>
<context>
    <name>stepwire::SessionBus</name>
    <message>
        <source>There is no message bus, so the desktop cannot be told of jobs.</source>
        <translation>Es gibt keinen Nachrichtenbus; die Arbeitsumgebung erfährt nichts von Aufträgen.</translation>
    </message>
    <message>
        <source>The message bus does not answer, so the desktop cannot be told of jobs.</source>
        <translation>Der Nachrichtenbus antwortet nicht; die Arbeitsumgebung erfährt nichts von Aufträgen.</translation>
    </message>
    <message>
        <source>The message bus refuses the connection, so the desktop cannot be told of jobs: %1</source>
        <translation>Der Nachrichtenbus verweigert die Verbindung; die Arbeitsumgebung erfährt nichts von Aufträgen: %1</translation>
    </message>
    <message>
        <source>The message bus is gone, so the desktop cannot be told of jobs.</source>
        <translation>Der Nachrichtenbus ist weg; die Arbeitsumgebung erfährt nichts von Aufträgen.</translation>
    </message>
</context>
<context>
    <name>stepwire::SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>&amp;General</source>
        <translation>&amp;Allgemein</translation>
    </message>
    <message>
        <source>N&amp;otifications</source>
        <translation>&amp;Benachrichtigungen</translation>
    </message>
    <message>
        <source>&amp;Network</source>
        <translation>&amp;Netzwerk</translation>
    </message>
    <message>
        <source>&amp;History</source>
        <translation>&amp;Verlauf</translation>
    </message>
    <message>
        <source>&amp;Start with the session</source>
        <translation>Mit der &amp;Sitzung starten</translation>
    </message>
    <message>
        <source>Start h&amp;idden in the tray</source>
        <translation>V&amp;ersteckt im Systemabschnitt starten</translation>
    </message>
    <message>
        <source>Keep running in the &amp;tray when the window is closed</source>
        <translation>Im S&amp;ystemabschnitt weiterlaufen, wenn das Fenster geschlossen wird</translation>
    </message>
    <message>
        <source>Run &amp;jobs in a process of their own</source>
        <translation>A&amp;ufträge in einem eigenen Prozess ausführen</translation>
    </message>
    <message>
        <source>They go on when Stepwire is quit. Counts from the next start.</source>
        <translation>Sie laufen weiter, wenn Stepwire beendet wird. Gilt ab dem nächsten Start.</translation>
    </message>
    <message>
        <source>&amp;Colours:</source>
        <translation>&amp;Farben:</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>&amp;Language:</source>
        <translation>S&amp;prache:</translation>
    </message>
    <message>
        <source>Another language counts from the next start.</source>
        <translation>Eine andere Sprache gilt ab dem nächsten Start.</translation>
    </message>
    <message>
        <source>Tell when a job has &amp;ended</source>
        <translation>Melden, wenn ein Auftrag &amp;endet</translation>
    </message>
    <message>
        <source>Show the &amp;progress of running jobs</source>
        <translation>&amp;Fortschritt laufender Aufträge zeigen</translation>
    </message>
    <message>
        <source>In a notification, where the desktop does not show jobs by itself.</source>
        <translation>In einer Benachrichtigung, wo die Arbeitsumgebung Aufträge nicht selbst zeigt.</translation>
    </message>
    <message>
        <source> s</source>
        <comment>seconds, behind a number</comment>
        <translation> s</translation>
    </message>
    <message>
        <source>However short</source>
        <translation>Wie kurz auch immer</translation>
    </message>
    <message>
        <source>Only for jobs that take at &amp;least:</source>
        <translation>Nur bei Aufträgen von &amp;mindestens:</translation>
    </message>
    <message>
        <source>Jobs that fail are told however short they were.</source>
        <translation>Fehlgeschlagene Aufträge werden immer gemeldet, wie kurz sie auch waren.</translation>
    </message>
    <message>
        <source>Not while the &amp;window is in front</source>
        <translation>Nicht, solange das Fenster v&amp;orn ist</translation>
    </message>
    <message>
        <source>No s&amp;uspend while a job runs</source>
        <translation>Kein Ruhe&amp;zustand, solange ein Auftrag läuft</translation>
    </message>
    <message>
        <source>Show the jobs of &amp;file managers</source>
        <translation>Aufträge von &amp;Dateiverwaltungen zeigen</translation>
    </message>
    <message>
        <source>Where the desktop has no place for them itself.</source>
        <translation>Wo die Arbeitsumgebung selbst keinen Platz dafür hat.</translation>
    </message>
    <message>
        <source>Pipelines that are tol&amp;d of:</source>
        <translation>&amp;Pipelines, die gemeldet werden:</translation>
    </message>
    <message>
        <source>Pipelines that are told of</source>
        <translation>Pipelines, die gemeldet werden</translation>
    </message>
    <message>
        <source>none</source>
        <translation>nicht angegeben</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Auswählen …</translation>
    </message>
    <message>
        <source>What is changed here counts when the hub is started again.</source>
        <translation>Änderungen hier gelten, sobald der Hub neu gestartet wird.</translation>
    </message>
    <message>
        <source>&amp;Serve the page and other programs</source>
        <translation>&amp;Seite und andere Programme bedienen</translation>
    </message>
    <message>
        <source>&amp;Address and port:</source>
        <translation>Ad&amp;resse und Port:</translation>
    </message>
    <message>
        <source>127.0.0.1 is this machine alone; with 0.0.0.0 others reach it too, then give it a certificate.</source>
        <translation>127.0.0.1 ist nur dieser Rechner; mit 0.0.0.0 erreichen ihn auch andere, dann ist ein Zertifikat nötig.</translation>
    </message>
    <message>
        <source>&amp;Certificate:</source>
        <translation>&amp;Zertifikat:</translation>
    </message>
    <message>
        <source>Choose a certificate</source>
        <translation>Zertifikat auswählen</translation>
    </message>
    <message>
        <source>Its &amp;key:</source>
        <translation>Sein S&amp;chlüssel:</translation>
    </message>
    <message>
        <source>Choose the key of the certificate</source>
        <translation>Schlüssel des Zertifikats auswählen</translation>
    </message>
    <message>
        <source>A certificate and its key count together: give the other one too.</source>
        <translation>Zertifikat und Schlüssel gelten nur zusammen: auch das andere angeben.</translation>
    </message>
    <message>
        <source>made when the hub starts</source>
        <translation>entsteht, wenn der Hub startet</translation>
    </message>
    <message>
        <source>Sho&amp;w</source>
        <translation>Anzei&amp;gen</translation>
    </message>
    <message>
        <source>Show the token</source>
        <translation>Den Token anzeigen</translation>
    </message>
    <message>
        <source>Co&amp;py</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>Copy the token</source>
        <translation>Den Token kopieren</translation>
    </message>
    <message>
        <source>&amp;Token:</source>
        <translation>&amp;Token:</translation>
    </message>
    <message>
        <source>Who has it can start and cancel jobs.</source>
        <translation>Wer ihn hat, kann Aufträge starten und abbrechen.</translation>
    </message>
    <message>
        <source>Op&amp;en the page</source>
        <translation>Seite ö&amp;ffnen</translation>
    </message>
    <message>
        <source>Page:</source>
        <translation>Seite:</translation>
    </message>
    <message>
        <source>Address of the page</source>
        <translation>Adresse der Seite</translation>
    </message>
    <message>
        <source>The token is in the clipboard.</source>
        <translation>Der Token ist in der Zwischenablage.</translation>
    </message>
    <message>
        <source>%1 cannot be opened: there is no browser</source>
        <translation>%1 kann nicht geöffnet werden: es gibt keinen Browser</translation>
    </message>
    <message>
        <source> days</source>
        <comment>behind a number</comment>
        <translation> Tage</translation>
    </message>
    <message>
        <source>Never</source>
        <comment>forget ended jobs</comment>
        <translation>Nie</translation>
    </message>
    <message>
        <source>&amp;Forget ended jobs after:</source>
        <translation>Beendete Aufträge ve&amp;rgessen nach:</translation>
    </message>
    <message>
        <source> GiB</source>
        <comment>behind a number</comment>
        <translation> GiB</translation>
    </message>
    <message>
        <source>No limit</source>
        <translation>Unbegrenzt</translation>
    </message>
    <message>
        <source>&amp;Most space for output:</source>
        <translation>Speicherplatz für A&amp;usgaben höchstens:</translation>
    </message>
    <message>
        <source>Most &amp;ended jobs:</source>
        <translation>B&amp;eendete Aufträge höchstens:</translation>
    </message>
    <message>
        <source>not served now</source>
        <translation>zurzeit nicht bedient</translation>
    </message>
    <message>
        <source>Pages of the settings</source>
        <translation>Seiten der Einstellungen</translation>
    </message>
    <message>
        <source>Othe&amp;r hosts</source>
        <translation>Andere Rec&amp;hner</translation>
    </message>
</context>
<context>
    <name>stepwire::SettingsFile</name>
    <message>
        <source>%1 cannot be read: %2</source>
        <translation>%1 kann nicht gelesen werden: %2</translation>
    </message>
    <message>
        <source>%1 is larger than 1 MiB, change it by hand</source>
        <translation>%1 ist größer als 1 MiB, bitte von Hand ändern</translation>
    </message>
    <message>
        <source>folder %1 cannot be made</source>
        <translation>Ordner %1 kann nicht angelegt werden</translation>
    </message>
    <message>
        <source>%1 cannot be written: %2</source>
        <translation>%1 kann nicht geschrieben werden: %2</translation>
    </message>
</context>
<context>
    <name>stepwire::SourceForm</name>
    <message>
        <source>Add a server</source>
        <translation>Server hinzufügen</translation>
    </message>
    <message>
        <source>Kind of server</source>
        <translation>Art des Servers</translation>
    </message>
    <message>
        <source>&amp;Kind:</source>
        <translation>&amp;Art:</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>&amp;Name:</translation>
    </message>
    <message>
        <source>What it is called here.</source>
        <translation>Wie er hier heißt.</translation>
    </message>
</context>
<context>
    <name>stepwire::StepsModel</name>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>Dauer</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Anmerkungen</translation>
    </message>
    <message>
        <source>~%1 %</source>
        <translation>~%1 %</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>attempt %1</source>
        <translation>Versuch %1</translation>
    </message>
    <message>
        <source>again in %1</source>
        <comment>a duration</comment>
        <translation>erneut in %1</translation>
    </message>
    <message>
        <source>starts again</source>
        <translation>startet erneut</translation>
    </message>
    <message>
        <source>after %1</source>
        <comment>names of steps</comment>
        <translation>nach %1</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>quiet for %1</source>
        <translation>seit %1 still</translation>
    </message>
    <message>
        <source>no progress known</source>
        <translation>kein Fortschritt bekannt</translation>
    </message>
    <message>
        <source>no time yet</source>
        <translation>noch keine Zeit</translation>
    </message>
    <message>
        <source>nothing to note</source>
        <translation>nichts anzumerken</translation>
    </message>
    <message>
        <source>no time of its own</source>
        <translation>keine eigene Zeit</translation>
    </message>
</context>
<context>
    <name>stepwire::StepsView</name>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
</context>
<context>
    <name>stepwire::SuspendInhibitor</name>
    <message>
        <source>Jobs are running</source>
        <translation>Aufträge laufen</translation>
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
        <translation>Zeitverlauf</translation>
    </message>
    <message>
        <source>started after %1</source>
        <comment>a duration</comment>
        <translation>begann nach %1</translation>
    </message>
    <message>
        <source>runs for %1</source>
        <comment>a duration</comment>
        <translation>läuft seit %1</translation>
    </message>
    <message>
        <source>ran for %1</source>
        <comment>a duration</comment>
        <translation>lief %1</translation>
    </message>
    <message>
        <source>waited %1</source>
        <comment>a duration</comment>
        <translation>wartete %1</translation>
    </message>
    <message>
        <source>has waited %1</source>
        <comment>a duration</comment>
        <translation>wartet seit %1</translation>
    </message>
    <message>
        <source>on the critical path</source>
        <translation>auf dem kritischen Pfad</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>No step has started yet.</source>
        <translation>Noch hat kein Schritt begonnen.</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartend</translation>
    </message>
    <message>
        <source>critical path</source>
        <translation>kritischer Pfad</translation>
    </message>
</context>
<context>
    <name>stepwire::Tray</name>
    <message>
        <source>&amp;Run a Pipeline…</source>
        <translation>Pipeline &amp;ausführen …</translation>
    </message>
    <message>
        <source>&amp;Pause the Queue</source>
        <translation>&amp;Warteschlange anhalten</translation>
    </message>
    <message>
        <source>R&amp;elease the Queue</source>
        <translation>Warteschlange &amp;freigeben</translation>
    </message>
    <message>
        <source>&amp;Show Window</source>
        <translation>Fenster &amp;zeigen</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>Verbinden …</translation>
    </message>
    <message>
        <source>No connection to the hub</source>
        <translation>Keine Verbindung zum Hub</translation>
    </message>
    <message>
        <source>No connection to the hub: %1</source>
        <translation>Keine Verbindung zum Hub: %1</translation>
    </message>
    <message>
        <source>Nothing is running</source>
        <translation>Nichts läuft</translation>
    </message>
    <message numerus="yes">
        <source>Nothing is running, %n in the queue</source>
        <translation>
            <numerusform>Nichts läuft, %n in der Warteschlange</numerusform>
            <numerusform>Nichts läuft, %n in der Warteschlange</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>und %n weiterer</numerusform>
            <numerusform>und %n weitere</numerusform>
        </translation>
    </message>
    <message>
        <source>Stepwire</source>
        <translation>Stepwire</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>&amp;Fortsetzen</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Pausieren</translation>
    </message>
    <message>
        <source>&amp;Show</source>
        <translation>An&amp;zeigen</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>Holds the jobs that wait now; those that come later start as ever</source>
        <translation>Hält die Aufträge zurück, die jetzt warten; spätere starten wie immer</translation>
    </message>
</context>
<context>
    <name>stepwire::WelcomePage</name>
    <message>
        <source>Run the &amp;Sample</source>
        <translation>&amp;Beispiel ausführen</translation>
    </message>
    <message>
        <source>A pipeline of three steps that takes about three seconds</source>
        <translation>Eine Pipeline mit drei Schritten, die etwa drei Sekunden dauert</translation>
    </message>
    <message>
        <source>&amp;Wrap a Command…</source>
        <translation>Be&amp;fehl einpacken …</translation>
    </message>
    <message>
        <source>Any program becomes a job with progress, output and history</source>
        <translation>Jedes Programm wird zu einem Auftrag mit Fortschritt, Ausgabe und Verlauf</translation>
    </message>
    <message>
        <source>Run a &amp;Pipeline…</source>
        <translation>&amp;Pipeline ausführen …</translation>
    </message>
    <message>
        <source>Choose a pipeline and what it works on</source>
        <translation>Eine Pipeline auswählen und womit sie arbeitet</translation>
    </message>
    <message>
        <source>Or put this before any command in a &amp;terminal:</source>
        <translation>Oder im T&amp;erminal dies vor einen Befehl setzen:</translation>
    </message>
    <message>
        <source>Command for a terminal</source>
        <translation>Befehl für ein Terminal</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>Copies the command for a terminal</source>
        <translation>Kopiert den Befehl für ein Terminal</translation>
    </message>
    <message>
        <source>One moment</source>
        <translation>Einen Moment</translation>
    </message>
    <message>
        <source>Stepwire is looking for its hub, the part that runs jobs.</source>
        <translation>Stepwire sucht seinen Hub, den Teil, der Aufträge ausführt.</translation>
    </message>
    <message>
        <source>No jobs yet</source>
        <translation>Noch keine Aufträge</translation>
    </message>
    <message>
        <source>A job is a command, or several in the right order. Start one here and watch it.</source>
        <translation>Ein Auftrag ist ein Befehl, oder mehrere in der richtigen Reihenfolge. Hier lässt sich einer starten und beobachten.</translation>
    </message>
    <message>
        <source>The hub is not there</source>
        <translation>Der Hub ist nicht da</translation>
    </message>
    <message>
        <source>It is the part of Stepwire that runs jobs. This page comes to life when it is back.</source>
        <translation>Er ist der Teil von Stepwire, der Aufträge ausführt. Diese Seite erwacht, wenn er wieder da ist.</translation>
    </message>
    <message>
        <source>It is the part of Stepwire that runs jobs. This page comes to life when it is back. The last that was heard: %1</source>
        <translation>Er ist der Teil von Stepwire, der Aufträge ausführt. Diese Seite erwacht, wenn er wieder da ist. Zuletzt gehört: %1</translation>
    </message>
    <message>
        <source>The sample was not started: %1</source>
        <translation>Das Beispiel wurde nicht gestartet: %1</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
    <message>
        <source>Add a H&amp;ost…</source>
        <translation>Rechner hin&amp;zufügen …</translation>
    </message>
    <message>
        <source>Jobs of another machine are shown here, too</source>
        <translation>Auch Aufträge eines anderen Rechners werden hier gezeigt</translation>
    </message>
</context>
</TS>
