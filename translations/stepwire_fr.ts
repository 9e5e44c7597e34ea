<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
<context>
    <name>JobView</name>
    <message>
        <source>Step</source>
        <translation>Étape</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Machine</translation>
    </message>
    <message>
        <source>%1 failed: %2</source>
        <comment>step, reason</comment>
        <translation>Échec de %1&#xa0;: %2</translation>
    </message>
</context>
<context>
    <name>NotificationPolicy</name>
    <message>
        <source>%1 on %2</source>
        <comment>a job on a host</comment>
        <translation>%1 sur %2</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>Show Output</source>
        <translation>Afficher la sortie</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message numerus="yes">
        <source>%1 of %n jobs</source>
        <translation>
            <numerusform>%1 sur %n tâche</numerusform>
            <numerusform>%1 sur %n tâches</numerusform>
        </translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>kind of jobs: so many of them</comment>
        <translation>%1&#xa0;: %2</translation>
    </message>
    <message numerus="yes">
        <source>%n failed</source>
        <translation>
            <numerusform>%n en échec</numerusform>
            <numerusform>%n en échec</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 succeeded on %2</source>
        <translation>%1 a réussi sur %2</translation>
    </message>
    <message>
        <source>%1 succeeded</source>
        <translation>%1 a réussi</translation>
    </message>
    <message>
        <source>%1 succeeded on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%1 a réussi sur %2 en %3</translation>
    </message>
    <message>
        <source>%1 succeeded after %2</source>
        <comment>job, duration</comment>
        <translation>%1 a réussi en %2</translation>
    </message>
    <message>
        <source>%1 was interrupted on %2</source>
        <comment>job, host</comment>
        <translation>La tâche %1 a été interrompue sur %2</translation>
    </message>
    <message>
        <source>%1 was interrupted</source>
        <translation>La tâche %1 a été interrompue</translation>
    </message>
    <message>
        <source>%1 timed out on %2</source>
        <comment>job, host</comment>
        <translation>%1 a dépassé le délai sur %2</translation>
    </message>
    <message>
        <source>%1 failed on %2</source>
        <comment>job, host</comment>
        <translation>%1 a échoué sur %2</translation>
    </message>
    <message>
        <source>%1 timed out</source>
        <translation>%1 a dépassé le délai</translation>
    </message>
    <message>
        <source>%1 failed</source>
        <translation>%1 a échoué</translation>
    </message>
    <message>
        <source>%1 timed out on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%1 a dépassé le délai sur %2 après %3</translation>
    </message>
    <message>
        <source>%1 failed on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%1 a échoué sur %2 après %3</translation>
    </message>
    <message>
        <source>%1 timed out after %2</source>
        <comment>job, duration</comment>
        <translation>%1 a dépassé le délai après %2</translation>
    </message>
    <message>
        <source>%1 failed after %2</source>
        <comment>job, duration</comment>
        <translation>%1 a échoué après %2</translation>
    </message>
    <message>
        <source>%1 timed out at %2 on %3 after %4</source>
        <comment>job, step, host, duration</comment>
        <translation>%1 a dépassé le délai à l’étape %2 sur %3 après %4</translation>
    </message>
    <message>
        <source>%1 failed at %2 on %3 after %4</source>
        <comment>job, step, host, duration</comment>
        <translation>%1 a échoué à l’étape %2 sur %3 après %4</translation>
    </message>
    <message>
        <source>%1 timed out at %2 after %3</source>
        <comment>job, step, duration</comment>
        <translation>%1 a dépassé le délai à l’étape %2 après %3</translation>
    </message>
    <message>
        <source>%1 failed at %2 after %3</source>
        <comment>job, step, duration</comment>
        <translation>%1 a échoué à l’étape %2 après %3</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>Réessayer</translation>
    </message>
    <message>
        <source>Retry from Here</source>
        <translation>Réessayer à partir d’ici</translation>
    </message>
    <message numerus="yes">
        <source>%n succeeded</source>
        <translation>
            <numerusform>%n réussie</numerusform>
            <numerusform>%n réussies</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cancelled</source>
        <translation>
            <numerusform>%n annulée</numerusform>
            <numerusform>%n annulées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n skipped</source>
        <translation>
            <numerusform>%n ignorée</numerusform>
            <numerusform>%n ignorées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n jobs on %1 finished</source>
        <translation>
            <numerusform>%n tâche terminée sur %1</numerusform>
            <numerusform>%n tâches terminées sur %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n jobs finished</source>
        <translation>
            <numerusform>%n tâche terminée</numerusform>
            <numerusform>%n tâches terminées</numerusform>
        </translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>200 jobs finished: how</comment>
        <translation>%1&#xa0;: %2</translation>
    </message>
    <message numerus="yes">
        <source>%1 and %n more</source>
        <translation>
            <numerusform>%1 et %n autre</numerusform>
            <numerusform>%1 et %n autres</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>%1 s</source>
        <comment>seconds on an axis</comment>
        <translation>%1&#xa0;s</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>queued</source>
        <translation>en file d’attente</translation>
    </message>
    <message>
        <source>held</source>
        <translation>retenue</translation>
    </message>
    <message>
        <source>running</source>
        <translation>en cours</translation>
    </message>
    <message>
        <source>pausing</source>
        <translation>mise en pause en cours</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>en pause</translation>
    </message>
    <message>
        <source>cancelling</source>
        <translation>annulation en cours</translation>
    </message>
    <message>
        <source>succeeded</source>
        <translation>réussie</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>en échec</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>annulée</translation>
    </message>
    <message>
        <source>timed out</source>
        <translation>délai dépassé</translation>
    </message>
    <message>
        <source>skipped</source>
        <translation>ignorée</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>interrompue</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1&#xa0;s</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1&#xa0;min %2&#xa0;s</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1&#xa0;h %2&#xa0;min</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1&#xa0;min</translation>
    </message>
    <message>
        <source>%1 h</source>
        <translation>%1&#xa0;h</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>à l’instant</translation>
    </message>
    <message numerus="yes">
        <source>%n days ago</source>
        <translation>
            <numerusform>il y a %n jour</numerusform>
            <numerusform>il y a %n jours</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 ago</source>
        <comment>a duration</comment>
        <translation>il y a %1</translation>
    </message>
    <message>
        <source>~%1 left</source>
        <translation>reste ~%1</translation>
    </message>
    <message>
        <source>~%1 %</source>
        <translation>~%1&#xa0;%</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1&#xa0;%</translation>
    </message>
    <message>
        <source>#%1 in the queue</source>
        <translation>nº&#xa0;%1 dans la file d’attente</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 sur %2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>error: last line</comment>
        <translation>%1&#xa0;: %2</translation>
    </message>
    <message>
        <source>quiet for %1</source>
        <translation>sans activité depuis %1</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>failed: why</comment>
        <translation>%1&#xa0;: %2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>failed: name of a step</comment>
        <translation>%1&#xa0;: %2</translation>
    </message>
    <message>
        <source>%1 on %2</source>
        <comment>a job on a host</comment>
        <translation>%1 sur %2</translation>
    </message>
</context>
<context>
    <name>stepwire::BackgroundStatus</name>
    <message>
        <source>No job runs</source>
        <translation>Aucune tâche en cours</translation>
    </message>
    <message numerus="yes">
        <source>%n jobs</source>
        <translation>
            <numerusform>%n tâche</numerusform>
            <numerusform>%n tâches</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1&#xa0;%</translation>
    </message>
    <message>
        <source>~%1 left</source>
        <translation>reste ~%1</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>Jobs go on while the window is hidden.</source>
        <translation>Les tâches continuent pendant que la fenêtre est masquée.</translation>
    </message>
</context>
<context>
    <name>stepwire::DesktopApp</name>
    <message>
        <source>The window that is open already was raised.</source>
        <translation>La fenêtre déjà ouverte a été mise au premier plan.</translation>
    </message>
    <message>
        <source>There is no translation to “%1”, which [window] language of config.toml names.</source>
        <translation>Il n’existe pas de traduction en « %1 », la langue que donne [window] language dans config.toml.</translation>
    </message>
    <message>
        <source>Quit Stepwire</source>
        <translation>Quitter Stepwire</translation>
    </message>
    <message numerus="yes">
        <source>%n jobs are running in this program.</source>
        <translation>
            <numerusform>%n tâche est en cours dans ce programme.</numerusform>
            <numerusform>%n tâches sont en cours dans ce programme.</numerusform>
        </translation>
    </message>
    <message>
        <source>They end with it. A job that was interrupted can be retried later.</source>
        <translation>Quitter y met fin. Une tâche interrompue pourra être relancée plus tard.</translation>
    </message>
    <message>
        <source>Keep Running in the &amp;Tray</source>
        <translation>Continuer dans la &amp;zone de notification</translation>
    </message>
    <message>
        <source>Keep Running, &amp;Minimised</source>
        <translation>Continuer, fenêtre &amp;réduite</translation>
    </message>
    <message>
        <source>Quit &amp;When They Have Ended</source>
        <translation>&amp;Quitter une fois les tâches terminées</translation>
    </message>
    <message>
        <source>&amp;Cancel the Jobs and Quit</source>
        <translation>&amp;Annuler les tâches et quitter</translation>
    </message>
    <message>
        <source>&amp;Stay</source>
        <translation>&amp;Ne pas quitter</translation>
    </message>
    <message>
        <source>About Stepwire</source>
        <translation>À propos de Stepwire</translation>
    </message>
    <message>
        <source>Stepwire %1</source>
        <translation>Stepwire %1</translation>
    </message>
    <message>
        <source>Runs pipelines and commands and shows how far they are, everywhere at once.</source>
        <translation>Exécute des pipelines et des commandes et montre leur avancement, partout à la fois.</translation>
    </message>
    <message>
        <source>There is no tray to start hidden in, so the window is shown.</source>
        <translation>Il n’y a pas de zone de notification où démarrer masqué : la fenêtre est affichée.</translation>
    </message>
    <message numerus="yes">
        <source>%n more wait. When the others have ended these go on without the window; after a cancel they are held.</source>
        <translation>
            <numerusform>%n autre attend. Quand les autres seront terminées, elle continuera sans la fenêtre ; après une annulation, elle sera retenue.</numerusform>
            <numerusform>%n autres attendent. Quand les autres seront terminées, elles continueront sans la fenêtre ; après une annulation, elles seront retenues.</numerusform>
        </translation>
    </message>
    <message>
        <source>Stepwire quits when the jobs have ended.</source>
        <translation>Stepwire quittera une fois les tâches terminées.</translation>
    </message>
    <message numerus="yes">
        <source>No hub could take over what waits: %n jobs stay held.</source>
        <translation>
            <numerusform>Aucun hub n’a pu reprendre ce qui attend : %n tâche reste retenue.</numerusform>
            <numerusform>Aucun hub n’a pu reprendre ce qui attend : %n tâches restent retenues.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::FreedesktopNotifier</name>
    <message>
        <source>The desktop&apos;s notifications do not answer, so the end of jobs is not told there.</source>
        <translation>Les notifications du bureau ne répondent pas&#xa0;: la fin des tâches n’y sera pas signalée.</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>notification in one line</comment>
        <translation>%1&#xa0;: %2</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Afficher</translation>
    </message>
    <message>
        <source>Stepwire</source>
        <translation>Stepwire</translation>
    </message>
    <message>
        <source>No notification service runs, so the end of jobs is not told on the desktop.</source>
        <translation>Aucun service de notification n’est lancé : la fin des tâches ne sera pas signalée sur le bureau.</translation>
    </message>
</context>
<context>
    <name>stepwire::HostForm</name>
    <message>
        <source>Add a host</source>
        <translation>Ajouter une machine</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>&amp;Nom&#xa0;:</translation>
    </message>
    <message>
        <source>What it is called here.</source>
        <translation>Son nom ici.</translation>
    </message>
    <message>
        <source>A&amp;ddress:</source>
        <translation>A&amp;dresse&#xa0;:</translation>
    </message>
    <message>
        <source>user@host for SSH, wss://host:port for a WebSocket, or the path of a hub&apos;s socket.</source>
        <translation>user@host pour SSH, wss://host:port pour un WebSocket, ou le chemin du socket d’un hub.</translation>
    </message>
    <message>
        <source>&amp;Program there:</source>
        <translation>&amp;Programme distant&#xa0;:</translation>
    </message>
    <message>
        <source>What SSH calls there when it is not “stepwire”.</source>
        <translation>Ce que SSH y appelle si ce n’est pas «&#xa0;stepwire&#xa0;».</translation>
    </message>
    <message>
        <source>&amp;Token:</source>
        <translation>&amp;Jeton&#xa0;:</translation>
    </message>
    <message>
        <source>Its hub&apos;s file “token”, or “token.read” to look only.</source>
        <translation>Le fichier «&#xa0;token&#xa0;» de son hub, ou «&#xa0;token.read&#xa0;» pour seulement regarder.</translation>
    </message>
    <message>
        <source>&amp;Certificate:</source>
        <translation>&amp;Certificat&#xa0;:</translation>
    </message>
    <message>
        <source>SHA-256 of its certificate, where no authority vouches for it.</source>
        <translation>SHA-256 de son certificat, si aucune autorité ne s’en porte garante.</translation>
    </message>
</context>
<context>
    <name>stepwire::HostsPage</name>
    <message>
        <source>&amp;Add a host…</source>
        <translation>&amp;Ajouter une machine…</translation>
    </message>
    <message>
        <source>Add a ser&amp;ver…</source>
        <translation>Ajouter un &amp;serveur…</translation>
    </message>
    <message>
        <source>Re&amp;move…</source>
        <translation>Retir&amp;er…</translation>
    </message>
    <message>
        <source>Jobs of other machines, and of other systems&apos; servers, are shown beside those of this one.</source>
        <translation>Les tâches d’autres machines et des serveurs d’autres systèmes sont affichées à côté de celles de cette machine.</translation>
    </message>
    <message>
        <source>Hosts and servers</source>
        <translation>Machines et serveurs</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nom</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Standing</source>
        <translation>État</translation>
    </message>
    <message>
        <source>connecting…</source>
        <translation>connexion…</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>connectée</translation>
    </message>
    <message>
        <source>lost %1</source>
        <comment>4 min ago</comment>
        <translation>perdue %1</translation>
    </message>
    <message>
        <source>lost</source>
        <translation>perdue</translation>
    </message>
    <message>
        <source>shown already</source>
        <translation>déjà affichée</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>how a host is, why</comment>
        <translation>%1&#xa0;: %2</translation>
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
        <translation>Aucun hub à interroger pour le moment.</translation>
    </message>
    <message>
        <source>There are none yet.</source>
        <translation>Il n’y en a pas encore.</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>a host, why it is lost</comment>
        <translation>%1&#xa0;: %2</translation>
    </message>
    <message>
        <source>The hub knows no kinds of servers.</source>
        <translation>Le hub ne connaît aucun type de serveur.</translation>
    </message>
    <message>
        <source>“%1” is kept, but shows nothing: %2.</source>
        <translation>«&#xa0;%1&#xa0;» est enregistrée, mais ne montre rien&#xa0;: %2.</translation>
    </message>
    <message>
        <source>“%1” is kept and tried again, but cannot be reached now: %2.</source>
        <translation>«&#xa0;%1&#xa0;» est enregistrée et sera réessayée, mais reste injoignable pour l’instant&#xa0;: %2.</translation>
    </message>
    <message>
        <source>“%1” was added.</source>
        <translation>«&#xa0;%1&#xa0;» a été ajoutée.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Retirer</translation>
    </message>
    <message>
        <source>Remove “%1”?</source>
        <translation>Retirer «&#xa0;%1&#xa0;»&#xa0;?</translation>
    </message>
    <message>
        <source>Its jobs go on there, but are shown here no more.</source>
        <translation>Ses tâches continuent là-bas, mais ne sont plus affichées ici.</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>&amp;Retirer</translation>
    </message>
</context>
<context>
    <name>stepwire::HubForm</name>
    <message>
        <source>&amp;Add</source>
        <translation>&amp;Ajouter</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Afficher</translation>
    </message>
    <message>
        <source>Show %1</source>
        <comment>what is secret, as the token</comment>
        <translation>Afficher&#xa0;: %1</translation>
    </message>
    <message>
        <source>This is needed.</source>
        <translation>Ceci est nécessaire.</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>Connexion…</translation>
    </message>
</context>
<context>
    <name>stepwire::JobActions</name>
    <message>
        <source>“%1” was taken out of the queue</source>
        <translation>La tâche «&#xa0;%1&#xa0;» a été retirée de la file d’attente</translation>
    </message>
    <message>
        <source>“%1” is held</source>
        <translation>La tâche «&#xa0;%1&#xa0;» est retenue</translation>
    </message>
    <message>
        <source>“%1” was moved</source>
        <translation>La tâche «&#xa0;%1&#xa0;» a été déplacée</translation>
    </message>
    <message numerus="yes">
        <source>%n waiting jobs are held, what comes next is not</source>
        <translation>
            <numerusform>%n tâche en attente est retenue, les suivantes ne le seront pas</numerusform>
            <numerusform>%n tâches en attente sont retenues, les suivantes ne le seront pas</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::JobListModel</name>
    <message>
        <source>Running</source>
        <translation>En cours</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>En file d’attente</translation>
    </message>
    <message>
        <source>Held / paused</source>
        <translation>Retenues / en pause</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Aujourd’hui</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Hier</translation>
    </message>
    <message>
        <source>dddd d MMMM</source>
        <comment>a day: QLocale&apos;s letters</comment>
        <translation>dddd d MMMM</translation>
    </message>
    <message>
        <source>dddd d MMMM yyyy</source>
        <comment>a day of another year: QLocale&apos;s letters</comment>
        <translation>dddd d MMMM yyyy</translation>
    </message>
    <message>
        <source>%1 / %2</source>
        <comment>a job and one that a step of it started</comment>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>part of %1</source>
        <comment>a job</comment>
        <translation>fait partie de %1</translation>
    </message>
    <message>
        <source>took %1</source>
        <translation>durée&#xa0;: %1</translation>
    </message>
    <message>
        <source>last seen %1</source>
        <translation>dernier contact %1</translation>
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
            <numerusform>%1, %n tâche</numerusform>
            <numerusform>%1, %n tâches</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::JobListView</name>
    <message>
        <source>here</source>
        <comment>on this host</comment>
        <translation>ici</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>failed: a step, why</comment>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>waits for %1</source>
        <translation>attend %1</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>#1 in the queue, waits for a thing</comment>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>last seen %1</source>
        <comment>4 min ago</comment>
        <translation>dernier contact %1</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>Tâches</translation>
    </message>
    <message>
        <source>No jobs yet</source>
        <translation>Aucune tâche pour l’instant</translation>
    </message>
    <message>
        <source>No jobs on %1</source>
        <translation>Aucune tâche sur %1</translation>
    </message>
    <message>
        <source>No job matches “%1”</source>
        <translation>Aucune tâche ne correspond à «&#xa0;%1&#xa0;»</translation>
    </message>
    <message>
        <source>No job on %1 matches “%2”</source>
        <translation>Aucune tâche sur %1 ne correspond à «&#xa0;%2&#xa0;»</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>Mettre en &amp;pause</translation>
    </message>
    <message>
        <source>Pause &amp;after this step</source>
        <translation>Mettre en pause &amp;après cette étape</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>&amp;Reprendre</translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation>Re&amp;tenir</translation>
    </message>
    <message>
        <source>&amp;Release</source>
        <translation>&amp;Libérer</translation>
    </message>
    <message>
        <source>Move &amp;up in the queue</source>
        <translation>&amp;Monter dans la file d’attente</translation>
    </message>
    <message>
        <source>Move &amp;down in the queue</source>
        <translation>&amp;Descendre dans la file d’attente</translation>
    </message>
    <message>
        <source>Re&amp;try</source>
        <translation>Ré&amp;essayer</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>Ann&amp;uler</translation>
    </message>
    <message>
        <source>Take &amp;out of the queue</source>
        <translation>Retirer de la &amp;file d’attente</translation>
    </message>
    <message>
        <source>Copy r&amp;eport</source>
        <translation>Copier le rapp&amp;ort</translation>
    </message>
</context>
<context>
    <name>stepwire::JobPane</name>
    <message>
        <source>Parts of the job</source>
        <translation>Volets de la tâche</translation>
    </message>
    <message>
        <source>&amp;Steps</source>
        <translation>Éta&amp;pes</translation>
    </message>
    <message>
        <source>T&amp;imeline</source>
        <translation>Chronolo&amp;gie</translation>
    </message>
    <message>
        <source>&amp;Output</source>
        <translation>&amp;Sortie</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>&amp;Détails</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>Ann&amp;uler</translation>
    </message>
    <message>
        <source>End this job</source>
        <translation>Mettre fin à cette tâche</translation>
    </message>
    <message>
        <source>&amp;Pause Now</source>
        <translation>&amp;Mettre en pause maintenant</translation>
    </message>
    <message>
        <source>Pause &amp;After This Step</source>
        <translation>Mettre en pause &amp;après cette étape</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>&amp;Reprendre</translation>
    </message>
    <message>
        <source>Re&amp;try</source>
        <translation>Ré&amp;essayer</translation>
    </message>
    <message>
        <source>Run again what did not succeed</source>
        <translation>Relancer ce qui n’a pas réussi</translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation>Reten&amp;ir</translation>
    </message>
    <message>
        <source>Keep this job in the queue until it is released</source>
        <translation>Garder cette tâche dans la file d’attente jusqu’à ce qu’elle soit libérée</translation>
    </message>
    <message>
        <source>Re&amp;lease</source>
        <translation>&amp;Libérer</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>what a button does, its keys</comment>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>Mettre e&amp;n pause</translation>
    </message>
    <message>
        <source>Job</source>
        <translation>Tâche</translation>
    </message>
    <message>
        <source>How far it is</source>
        <translation>Avancement</translation>
    </message>
    <message>
        <source>Progress of the job</source>
        <translation>Progression de la tâche</translation>
    </message>
    <message>
        <source>State of the job</source>
        <translation>État de la tâche</translation>
    </message>
    <message>
        <source>Age of what is shown</source>
        <translation>Ancienneté des informations affichées</translation>
    </message>
    <message>
        <source>What can be done</source>
        <translation>Actions possibles</translation>
    </message>
    <message>
        <source>What went wrong</source>
        <translation>Ce qui n’a pas fonctionné</translation>
    </message>
    <message>
        <source>Last line of output</source>
        <translation>Dernière ligne de la sortie</translation>
    </message>
    <message>
        <source>Sho&amp;w Output</source>
        <translation>A&amp;fficher la sortie</translation>
    </message>
    <message>
        <source>Retry &amp;from Here</source>
        <translation>Réessa&amp;yer à partir d’ici</translation>
    </message>
    <message>
        <source>Cop&amp;y Report</source>
        <translation>Copier le rapp&amp;ort</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Copié</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Détails</translation>
    </message>
    <message>
        <source>Choose a job to see its steps and its output.</source>
        <translation>Choisissez une tâche pour voir ses étapes et sa sortie.</translation>
    </message>
    <message>
        <source>This job is no longer known.</source>
        <translation>Cette tâche n’est plus connue.</translation>
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
        <translation>attend %1</translation>
    </message>
    <message>
        <source>attempt %1</source>
        <translation>tentative %1</translation>
    </message>
    <message>
        <source>started %1</source>
        <comment>a date and time</comment>
        <translation>démarrée le %1</translation>
    </message>
    <message>
        <source>took %1</source>
        <comment>a duration</comment>
        <translation>durée&#xa0;: %1</translation>
    </message>
    <message>
        <source>for %1</source>
        <comment>a duration</comment>
        <translation>depuis %1</translation>
    </message>
    <message>
        <source>since %1</source>
        <comment>a date and time</comment>
        <translation>depuis le %1</translation>
    </message>
    <message>
        <source>The hub cannot be reached, what is shown is from %1</source>
        <comment>4 min ago</comment>
        <translation>Le hub est injoignable, dernier état connu %1</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>a sentence, a reason</comment>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>%1 on %2</source>
        <comment>failed on a host</comment>
        <translation>%1 sur %2</translation>
    </message>
    <message>
        <source>%1 %2 on %3</source>
        <comment>a step failed on a host</comment>
        <translation>%1&#xa0;: %2 sur %3</translation>
    </message>
    <message>
        <source>%1 after %2</source>
        <comment>failed, a duration</comment>
        <translation>%1 après %2</translation>
    </message>
    <message>
        <source>Pipeline</source>
        <translation>Pipeline</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Commande</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>Groupe</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Source</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Machine</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>Mise en file d’attente</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>Démarrage</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>Fin</translation>
    </message>
    <message>
        <source>Part of</source>
        <translation>Fait partie de</translation>
    </message>
    <message>
        <source>Id</source>
        <translation>Identifiant</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Paramètres</translation>
    </message>
    <message>
        <source>Facts</source>
        <translation>Informations</translation>
    </message>
    <message>
        <source>%1:</source>
        <comment>name of a fact</comment>
        <translation>%1&#xa0;:</translation>
    </message>
    <message>
        <source>Show &amp;Output</source>
        <translation>Afficher la &amp;sortie</translation>
    </message>
    <message>
        <source>&amp;Retry from Here</source>
        <translation>&amp;Réessayer à partir d’ici</translation>
    </message>
    <message>
        <source>&amp;Cancel This Step</source>
        <translation>&amp;Annuler cette étape</translation>
    </message>
    <message>
        <source>%1 cannot be reached, what is shown is from %2</source>
        <comment>a host, 4 min ago</comment>
        <translation>%1 est injoignable, dernier état connu %2</translation>
    </message>
</context>
<context>
    <name>stepwire::JobViewServer</name>
    <message>
        <source>job of %1</source>
        <comment>a program</comment>
        <translation>tâche de %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>a program: what it does</comment>
        <translation>%1&#xa0;: %2</translation>
    </message>
    <message>
        <source>failed with error %1</source>
        <translation>échec avec l’erreur %1</translation>
    </message>
    <message>
        <source>%1 ended without saying how it went</source>
        <comment>a program</comment>
        <translation>%1 s’est terminé sans indiquer le résultat</translation>
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
        <translation>Ann&amp;uler</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Search…</source>
        <translation>Rechercher…</translation>
    </message>
    <message>
        <source>Search jobs</source>
        <translation>Rechercher des tâches</translation>
    </message>
    <message>
        <source>Hosts</source>
        <translation>Machines</translation>
    </message>
    <message>
        <source>All hosts</source>
        <translation>Toutes les machines</translation>
    </message>
    <message>
        <source>Stepwi&amp;re</source>
        <translation>Stepwi&amp;re</translation>
    </message>
    <message>
        <source>&amp;Run…</source>
        <translation>&amp;Lancer…</translation>
    </message>
    <message>
        <source>Run a pipeline or a command (Ctrl+N)</source>
        <translation>Lancer un pipeline ou une commande (Ctrl+N)</translation>
    </message>
    <message>
        <source>Run a &amp;Command…</source>
        <translation>Lancer une &amp;commande…</translation>
    </message>
    <message>
        <source>Se&amp;ttings…</source>
        <translation>&amp;Préférences…</translation>
    </message>
    <message>
        <source>&amp;Close Window</source>
        <translation>&amp;Fermer la fenêtre</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Quitter</translation>
    </message>
    <message>
        <source>&amp;Job</source>
        <translation>&amp;Tâche</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Affichage</translation>
    </message>
    <message>
        <source>&amp;Search Jobs</source>
        <translation>&amp;Rechercher des tâches</translation>
    </message>
    <message>
        <source>&amp;Jobs</source>
        <translation>&amp;Tâches</translation>
    </message>
    <message>
        <source>S&amp;teps</source>
        <translation>Éta&amp;pes</translation>
    </message>
    <message>
        <source>Time&amp;line</source>
        <translation>&amp;Chronologie</translation>
    </message>
    <message>
        <source>&amp;Output</source>
        <translation>&amp;Sortie</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>&amp;Détails</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>A&amp;ide</translation>
    </message>
    <message>
        <source>&amp;About Stepwire</source>
        <translation>À &amp;propos de Stepwire</translation>
    </message>
    <message>
        <source>Main toolbar</source>
        <translation>Barre d’outils principale</translation>
    </message>
    <message numerus="yes">
        <source>%n running</source>
        <translation>
            <numerusform>%n en cours</numerusform>
            <numerusform>%n en cours</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n en attente</numerusform>
            <numerusform>%n en attente</numerusform>
        </translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>◌ looking for a hub</source>
        <translation>◌ recherche d’un hub</translation>
    </message>
    <message>
        <source>There is no hub yet: %1. Trying again.</source>
        <translation>Il n’y a pas encore de hub&#xa0;: %1. Nouvelle tentative en cours.</translation>
    </message>
    <message>
        <source>● %1</source>
        <translation>● %1</translation>
    </message>
    <message>
        <source>The hub lives in this window&apos;s program.</source>
        <translation>Le hub fait partie du programme de cette fenêtre.</translation>
    </message>
    <message>
        <source>The hub is a program of its own; this window may be closed.</source>
        <translation>Le hub est un programme à part&#xa0;; cette fenêtre peut être fermée.</translation>
    </message>
    <message>
        <source>What happens is not kept at the moment: %1.</source>
        <translation>Ce qui se passe n’est pas enregistré pour le moment&#xa0;: %1.</translation>
    </message>
    <message>
        <source>◌ %1, last seen %2</source>
        <translation>◌ %1, dernier contact %2</translation>
    </message>
    <message>
        <source>The hub does not answer: %1. What is shown is as it was %2.</source>
        <translation>Le hub ne répond pas&#xa0;: %1. Dernier état connu %2.</translation>
    </message>
    <message>
        <source>%1 (lost)</source>
        <comment>a host</comment>
        <translation>%1 (perdue)</translation>
    </message>
    <message>
        <source>◌ %1</source>
        <translation>◌ %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>a host, why it is lost</comment>
        <translation>%1&#xa0;: %2</translation>
    </message>
    <message numerus="yes">
        <source>● %n hosts</source>
        <comment>connected</comment>
        <translation>
            <numerusform>● %n machine</numerusform>
            <numerusform>● %n machines</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>◌ %n lost</source>
        <comment>hosts</comment>
        <translation>
            <numerusform>◌ %n perdue</numerusform>
            <numerusform>◌ %n perdues</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 is lost: %2</source>
        <comment>a host</comment>
        <translation>%1 est perdue&#xa0;: %2</translation>
    </message>
    <message>
        <source>%1 is back</source>
        <comment>a host</comment>
        <translation>%1 est de retour</translation>
    </message>
</context>
<context>
    <name>stepwire::OutputPane</name>
    <message>
        <source>Output</source>
        <translation>Sortie</translation>
    </message>
    <message>
        <source>Jump to end</source>
        <translation>Aller à la fin</translation>
    </message>
    <message>
        <source>Jump to the end and stay there (Ctrl+End)</source>
        <translation>Aller à la fin et y rester (Ctrl+Fin)</translation>
    </message>
    <message>
        <source>… %1 left out</source>
        <translation>… %1 omis</translation>
    </message>
    <message>
        <source>%1, attempt %2</source>
        <translation>%1, tentative %2</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message numerus="yes">
        <source>%n earlier line(s) not shown</source>
        <translation>
            <numerusform>%n ligne précédente non affichée</numerusform>
            <numerusform>%n lignes précédentes non affichées</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Open %1</source>
        <translation>&amp;Ouvrir %1</translation>
    </message>
    <message>
        <source>Copy &amp;address</source>
        <translation>Copier l’&amp;adresse</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Copier</translation>
    </message>
    <message>
        <source>&amp;Select all</source>
        <translation>&amp;Tout sélectionner</translation>
    </message>
    <message>
        <source>&amp;Find…</source>
        <translation>&amp;Rechercher…</translation>
    </message>
    <message>
        <source>There was no output.</source>
        <translation>Il n’y a eu aucune sortie.</translation>
    </message>
    <message>
        <source>No output yet.</source>
        <translation>Aucune sortie pour l’instant.</translation>
    </message>
</context>
<context>
    <name>stepwire::OutputView</name>
    <message>
        <source>Step</source>
        <translation>Étape</translation>
    </message>
    <message>
        <source>&amp;Output of</source>
        <translation>Sorti&amp;e de</translation>
    </message>
    <message>
        <source>&amp;Find</source>
        <translation>Rec&amp;hercher</translation>
    </message>
    <message>
        <source>Search in the output (Ctrl+F)</source>
        <translation>Rechercher dans la sortie (Ctrl+F)</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Copier</translation>
    </message>
    <message>
        <source>Copy what is selected, or all of the output</source>
        <translation>Copier la sélection ou toute la sortie</translation>
    </message>
    <message>
        <source>Search in the output</source>
        <translation>Rechercher dans la sortie</translation>
    </message>
    <message>
        <source>Matches</source>
        <translation>Occurrences</translation>
    </message>
    <message>
        <source>&amp;Previous</source>
        <translation>Précéde&amp;nt</translation>
    </message>
    <message>
        <source>The match before (Shift+F3)</source>
        <translation>Occurrence précédente (Maj+F3)</translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation>Sui&amp;vant</translation>
    </message>
    <message>
        <source>The next match (F3)</source>
        <translation>Occurrence suivante (F3)</translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation>Fer&amp;mer</translation>
    </message>
    <message>
        <source>Close the search (Esc)</source>
        <translation>Fermer la recherche (Échap)</translation>
    </message>
    <message>
        <source>Output of %1</source>
        <translation>Sortie de %1</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>Sortie</translation>
    </message>
    <message>
        <source>All steps</source>
        <translation>Toutes les étapes</translation>
    </message>
    <message>
        <source>No matches</source>
        <translation>Aucune occurrence</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 sur %2</translation>
    </message>
    <message numerus="yes">
        <source>%n match(es)</source>
        <translation>
            <numerusform>%n occurrence</numerusform>
            <numerusform>%n occurrences</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::ParameterForm</name>
    <message>
        <source>(not set)</source>
        <translation>(non défini)</translation>
    </message>
    <message>
        <source>%1 *</source>
        <translation>%1 *</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Parcourir…</translation>
    </message>
    <message>
        <source>Browse for %1</source>
        <translation>Parcourir pour %1</translation>
    </message>
    <message>
        <source>A &amp;File…</source>
        <translation>Un &amp;fichier…</translation>
    </message>
    <message>
        <source>A F&amp;older…</source>
        <translation>Un &amp;dossier…</translation>
    </message>
    <message>
        <source>As the pipeline says</source>
        <translation>Selon le pipeline</translation>
    </message>
    <message>
        <source>Yes</source>
        <translation>Oui</translation>
    </message>
    <message>
        <source>No</source>
        <translation>Non</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Choisir…</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Choisir</translation>
    </message>
    <message>
        <source>“%1” is needed.</source>
        <translation>«&#xa0;%1&#xa0;» est obligatoire.</translation>
    </message>
    <message>
        <source>The value</source>
        <translation>La valeur</translation>
    </message>
    <message>
        <source>“%1”</source>
        <translation>«&#xa0;%1&#xa0;»</translation>
    </message>
    <message>
        <source>%1 is not a whole number.</source>
        <translation>%1 n’est pas un nombre entier.</translation>
    </message>
    <message>
        <source>%1 is not a number.</source>
        <translation>%1 n’est pas un nombre.</translation>
    </message>
    <message>
        <source>needed</source>
        <translation>obligatoire</translation>
    </message>
    <message>
        <source>* needed</source>
        <translation>* obligatoire</translation>
    </message>
</context>
<context>
    <name>stepwire::PortalNotifier</name>
    <message>
        <source>The desktop&apos;s notifications do not answer, so the end of jobs is not told there.</source>
        <translation>Les notifications du bureau ne répondent pas&#xa0;: la fin des tâches n’y sera pas signalée.</translation>
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
        <translation>ligne %1, colonne %2&#xa0;: </translation>
    </message>
    <message>
        <source>line %1: </source>
        <translation>ligne %1&#xa0;: </translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lancer</translation>
    </message>
    <message>
        <source>Why it was not started</source>
        <translation>Pourquoi le lancement n’a pas eu lieu</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>&amp;Lancer</translation>
    </message>
    <message>
        <source>Start the job (%1)</source>
        <translation>Démarrer la tâche (%1)</translation>
    </message>
    <message>
        <source>Search pipelines</source>
        <translation>Rechercher des pipelines</translation>
    </message>
    <message>
        <source>Pipelines</source>
        <translation>Pipelines</translation>
    </message>
    <message>
        <source>A command…</source>
        <translation>Une commande…</translation>
    </message>
    <message>
        <source>any program, as a job</source>
        <translation>n’importe quel programme, comme tâche</translation>
    </message>
    <message>
        <source>&amp;Command</source>
        <translation>&amp;Commande</translation>
    </message>
    <message>
        <source>A program and its arguments, those with spaces in &quot;double quotes&quot;. No shell reads it; for pipes and wildcards run sh -c &quot;…&quot;.</source>
        <translation>Un programme et ses arguments, entre &quot;guillemets doubles&quot; s’ils contiennent des espaces. Aucun shell ne l’interprète&#xa0;; pour les tubes et les caractères génériques, lancez sh -c &quot;…&quot;.</translation>
    </message>
    <message>
        <source>&amp;Browse…</source>
        <translation>&amp;Parcourir…</translation>
    </message>
    <message>
        <source>Browse for a folder</source>
        <translation>Choisir un dossier</translation>
    </message>
    <message>
        <source>Folder to run in</source>
        <translation>Dossier d’exécution</translation>
    </message>
    <message>
        <source>In &amp;folder</source>
        <translation>Dans le &amp;dossier</translation>
    </message>
    <message>
        <source>Where the program starts; the home folder when empty.</source>
        <translation>Où le programme démarre&#xa0;; le dossier personnel si ce champ est vide.</translation>
    </message>
    <message>
        <source>&amp;More options</source>
        <translation>Plus d’&amp;options</translation>
    </message>
    <message>
        <source>Title of the job</source>
        <translation>Titre de la tâche</translation>
    </message>
    <message>
        <source>&amp;Title</source>
        <translation>&amp;Titre</translation>
    </message>
    <message>
        <source>Group whose queue the job waits in</source>
        <translation>Groupe dont la tâche rejoint la file d’attente</translation>
    </message>
    <message>
        <source>Jobs of one group wait for each other</source>
        <translation>Les tâches d’un même groupe s’attendent les unes les autres</translation>
    </message>
    <message>
        <source>&amp;Group</source>
        <translation>&amp;Groupe</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatique</translation>
    </message>
    <message>
        <source>Steps at once</source>
        <translation>Étapes simultanées</translation>
    </message>
    <message>
        <source>&amp;Steps at once</source>
        <translation>Étapes &amp;simultanées</translation>
    </message>
    <message>
        <source>Asking for pipelines…</source>
        <translation>Demande de la liste des pipelines…</translation>
    </message>
    <message>
        <source>Pipelines cannot be listed: %1</source>
        <translation>Impossible de lister les pipelines&#xa0;: %1</translation>
    </message>
    <message>
        <source>There are no pipelines yet. Drop a .toml file here to run it.</source>
        <translation>Il n’y a pas encore de pipeline. Déposez ici un fichier .toml pour l’exécuter.</translation>
    </message>
    <message>
        <source>A command</source>
        <translation>Une commande</translation>
    </message>
    <message>
        <source>Any program becomes a job of one step, with its output, progress and history.</source>
        <translation>N’importe quel programme devient une tâche d’une seule étape, avec sa sortie, sa progression et son historique.</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>et %n autre</numerusform>
            <numerusform>et %n autres</numerusform>
        </translation>
    </message>
    <message>
        <source>Steps: %1</source>
        <translation>Étapes&#xa0;: %1</translation>
    </message>
    <message>
        <source>This pipeline cannot be run:</source>
        <translation>Ce pipeline ne peut pas être exécuté&#xa0;:</translation>
    </message>
    <message>
        <source>the command</source>
        <translation>la commande</translation>
    </message>
    <message>
        <source>A command is needed.</source>
        <translation>Une commande est nécessaire.</translation>
    </message>
    <message>
        <source>“%1” is no whole path; one begins with / or ~/.</source>
        <translation>«&#xa0;%1&#xa0;» n’est pas un chemin complet&#xa0;: il doit commencer par / ou ~/.</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Démarrage…</translation>
    </message>
    <message>
        <source>The pipeline has faults:</source>
        <translation>Le pipeline contient des erreurs&#xa0;:</translation>
    </message>
    <message>
        <source>“%1” takes no file.</source>
        <translation>«&#xa0;%1&#xa0;» n’accepte aucun fichier.</translation>
    </message>
    <message>
        <source>What is run</source>
        <translation>Ce qui est lancé</translation>
    </message>
    <message>
        <source>Host to run on</source>
        <translation>Machine où lancer</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>Cette machine</translation>
    </message>
    <message>
        <source>&amp;On</source>
        <translation>S&amp;ur</translation>
    </message>
    <message>
        <source>There are no pipelines on %1.</source>
        <translation>Il n’y a aucun pipeline sur %1.</translation>
    </message>
</context>
<context>
    <name>stepwire::SessionBus</name>
    <message>
        <source>There is no message bus, so the desktop cannot be told of jobs.</source>
        <translation>Il n’y a pas de bus de messages&#xa0;: le bureau ne peut pas être informé des tâches.</translation>
    </message>
    <message>
        <source>The message bus does not answer, so the desktop cannot be told of jobs.</source>
        <translation>Le bus de messages ne répond pas&#xa0;: le bureau ne peut pas être informé des tâches.</translation>
    </message>
    <message>
        <source>The message bus refuses the connection, so the desktop cannot be told of jobs: %1</source>
        <translation>Le bus de messages refuse la connexion, le bureau ne peut pas être informé des tâches&#xa0;: %1</translation>
    </message>
    <message>
        <source>The message bus is gone, so the desktop cannot be told of jobs.</source>
        <translation>Le bus de messages a disparu&#xa0;: le bureau ne peut pas être informé des tâches.</translation>
    </message>
</context>
<context>
    <name>stepwire::SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>Préférences</translation>
    </message>
    <message>
        <source>&amp;General</source>
        <translation>&amp;Général</translation>
    </message>
    <message>
        <source>N&amp;otifications</source>
        <translation>&amp;Notifications</translation>
    </message>
    <message>
        <source>&amp;Network</source>
        <translation>&amp;Réseau</translation>
    </message>
    <message>
        <source>&amp;History</source>
        <translation>&amp;Historique</translation>
    </message>
    <message>
        <source>&amp;Start with the session</source>
        <translation>&amp;Démarrer avec la session</translation>
    </message>
    <message>
        <source>Start h&amp;idden in the tray</source>
        <translation>Démarrer &amp;masqué dans la zone de notification</translation>
    </message>
    <message>
        <source>Keep running in the &amp;tray when the window is closed</source>
        <translation>Rester dans la &amp;zone de notification à la fermeture de la fenêtre</translation>
    </message>
    <message>
        <source>Run &amp;jobs in a process of their own</source>
        <translation>Exécuter les &amp;tâches dans un processus séparé</translation>
    </message>
    <message>
        <source>They go on when Stepwire is quit. Counts from the next start.</source>
        <translation>Elles continuent quand on quitte Stepwire. Prend effet au prochain démarrage.</translation>
    </message>
    <message>
        <source>&amp;Colours:</source>
        <translation>&amp;Couleurs&#xa0;:</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Comme le système</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Clair</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Sombre</translation>
    </message>
    <message>
        <source>&amp;Language:</source>
        <translation>&amp;Langue&#xa0;:</translation>
    </message>
    <message>
        <source>Another language counts from the next start.</source>
        <translation>Le changement de langue prend effet au prochain démarrage.</translation>
    </message>
    <message>
        <source>Tell when a job has &amp;ended</source>
        <translation>Signaler la fin des &amp;tâches</translation>
    </message>
    <message>
        <source>Show the &amp;progress of running jobs</source>
        <translation>Afficher la &amp;progression des tâches en cours</translation>
    </message>
    <message>
        <source>In a notification, where the desktop does not show jobs by itself.</source>
        <translation>Dans une notification, là où le bureau n’affiche pas les tâches de lui-même.</translation>
    </message>
    <message>
        <source> s</source>
        <comment>seconds, behind a number</comment>
        <translation> s</translation>
    </message>
    <message>
        <source>However short</source>
        <translation>Quelle que soit la durée</translation>
    </message>
    <message>
        <source>Only for jobs that take at &amp;least:</source>
        <translation>Seulement pour les tâches d’au &amp;moins&#xa0;:</translation>
    </message>
    <message>
        <source>Jobs that fail are told however short they were.</source>
        <translation>Les échecs sont toujours signalés, même pour les tâches très courtes.</translation>
    </message>
    <message>
        <source>Not while the &amp;window is in front</source>
        <translation>Pas quand la f&amp;enêtre est au premier plan</translation>
    </message>
    <message>
        <source>No s&amp;uspend while a job runs</source>
        <translation>Pas de mise en &amp;veille pendant l’exécution d’une tâche</translation>
    </message>
    <message>
        <source>Show the jobs of &amp;file managers</source>
        <translation>Afficher les tâches des gestionnaires de fi&amp;chiers</translation>
    </message>
    <message>
        <source>Where the desktop has no place for them itself.</source>
        <translation>Là où le bureau n’a pas d’emplacement pour elles.</translation>
    </message>
    <message>
        <source>Pipelines that are tol&amp;d of:</source>
        <translation>Pipelines &amp;signalés&#xa0;:</translation>
    </message>
    <message>
        <source>Pipelines that are told of</source>
        <translation>Pipelines signalés</translation>
    </message>
    <message>
        <source>none</source>
        <translation>aucun</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Choisir…</translation>
    </message>
    <message>
        <source>What is changed here counts when the hub is started again.</source>
        <translation>Les modifications faites ici prennent effet au prochain démarrage du hub.</translation>
    </message>
    <message>
        <source>&amp;Serve the page and other programs</source>
        <translation>&amp;Servir la page et les autres programmes</translation>
    </message>
    <message>
        <source>&amp;Address and port:</source>
        <translation>&amp;Adresse et port&#xa0;:</translation>
    </message>
    <message>
        <source>127.0.0.1 is this machine alone; with 0.0.0.0 others reach it too, then give it a certificate.</source>
        <translation>127.0.0.1 ne désigne que cette machine&#xa0;; avec 0.0.0.0, d’autres y accèdent aussi&#xa0;: fournissez alors un certificat.</translation>
    </message>
    <message>
        <source>&amp;Certificate:</source>
        <translation>&amp;Certificat&#xa0;:</translation>
    </message>
    <message>
        <source>Choose a certificate</source>
        <translation>Choisir un certificat</translation>
    </message>
    <message>
        <source>Its &amp;key:</source>
        <translation>Sa c&amp;lé&#xa0;:</translation>
    </message>
    <message>
        <source>Choose the key of the certificate</source>
        <translation>Choisir la clé du certificat</translation>
    </message>
    <message>
        <source>A certificate and its key count together: give the other one too.</source>
        <translation>Un certificat et sa clé vont ensemble&#xa0;: indiquez aussi l’autre.</translation>
    </message>
    <message>
        <source>made when the hub starts</source>
        <translation>créé au démarrage du hub</translation>
    </message>
    <message>
        <source>Sho&amp;w</source>
        <translation>Aff&amp;icher</translation>
    </message>
    <message>
        <source>Show the token</source>
        <translation>Afficher le jeton</translation>
    </message>
    <message>
        <source>Co&amp;py</source>
        <translation>Co&amp;pier</translation>
    </message>
    <message>
        <source>Copy the token</source>
        <translation>Copier le jeton</translation>
    </message>
    <message>
        <source>&amp;Token:</source>
        <translation>&amp;Jeton&#xa0;:</translation>
    </message>
    <message>
        <source>Who has it can start and cancel jobs.</source>
        <translation>Quiconque le possède peut lancer et annuler des tâches.</translation>
    </message>
    <message>
        <source>Op&amp;en the page</source>
        <translation>&amp;Ouvrir la page</translation>
    </message>
    <message>
        <source>Page:</source>
        <translation>Page&#xa0;:</translation>
    </message>
    <message>
        <source>Address of the page</source>
        <translation>Adresse de la page</translation>
    </message>
    <message>
        <source>The token is in the clipboard.</source>
        <translation>Le jeton est dans le presse-papiers.</translation>
    </message>
    <message>
        <source>%1 cannot be opened: there is no browser</source>
        <translation>Impossible d’ouvrir %1&#xa0;: il n’y a pas de navigateur</translation>
    </message>
    <message>
        <source> days</source>
        <comment>behind a number</comment>
        <translation> jours</translation>
    </message>
    <message>
        <source>Never</source>
        <comment>forget ended jobs</comment>
        <translation>Jamais</translation>
    </message>
    <message>
        <source>&amp;Forget ended jobs after:</source>
        <translation>&amp;Oublier les tâches terminées après&#xa0;:</translation>
    </message>
    <message>
        <source> GiB</source>
        <comment>behind a number</comment>
        <translation> Gio</translation>
    </message>
    <message>
        <source>No limit</source>
        <translation>Aucune limite</translation>
    </message>
    <message>
        <source>&amp;Most space for output:</source>
        <translation>Espace maximal pour les &amp;sorties&#xa0;:</translation>
    </message>
    <message>
        <source>Most &amp;ended jobs:</source>
        <translation>Nombre maximal de &amp;tâches terminées&#xa0;:</translation>
    </message>
    <message>
        <source>not served now</source>
        <translation>pas servie actuellement</translation>
    </message>
    <message>
        <source>Pages of the settings</source>
        <translation>Pages des paramètres</translation>
    </message>
    <message>
        <source>Othe&amp;r hosts</source>
        <translation>A&amp;utres machines</translation>
    </message>
</context>
<context>
    <name>stepwire::SettingsFile</name>
    <message>
        <source>%1 cannot be read: %2</source>
        <translation>%1 est illisible&#xa0;: %2</translation>
    </message>
    <message>
        <source>%1 is larger than 1 MiB, change it by hand</source>
        <translation>%1 dépasse 1&#xa0;Mio, modifiez-le à la main</translation>
    </message>
    <message>
        <source>folder %1 cannot be made</source>
        <translation>le dossier %1 ne peut pas être créé</translation>
    </message>
    <message>
        <source>%1 cannot be written: %2</source>
        <translation>%1 ne peut pas être écrit&#xa0;: %2</translation>
    </message>
</context>
<context>
    <name>stepwire::SourceForm</name>
    <message>
        <source>Add a server</source>
        <translation>Ajouter un serveur</translation>
    </message>
    <message>
        <source>Kind of server</source>
        <translation>Type de serveur</translation>
    </message>
    <message>
        <source>&amp;Kind:</source>
        <translation>&amp;Type&#xa0;:</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>&amp;Nom&#xa0;:</translation>
    </message>
    <message>
        <source>What it is called here.</source>
        <translation>Son nom ici.</translation>
    </message>
</context>
<context>
    <name>stepwire::StepsModel</name>
    <message>
        <source>Step</source>
        <translation>Étape</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>Durée</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Progression</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notes</translation>
    </message>
    <message>
        <source>~%1 %</source>
        <translation>~%1&#xa0;%</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1&#xa0;%</translation>
    </message>
    <message>
        <source>attempt %1</source>
        <translation>tentative %1</translation>
    </message>
    <message>
        <source>again in %1</source>
        <comment>a duration</comment>
        <translation>nouvel essai dans %1</translation>
    </message>
    <message>
        <source>starts again</source>
        <translation>redémarre</translation>
    </message>
    <message>
        <source>after %1</source>
        <comment>names of steps</comment>
        <translation>après %1</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>quiet for %1</source>
        <translation>sans activité depuis %1</translation>
    </message>
    <message>
        <source>no progress known</source>
        <translation>progression inconnue</translation>
    </message>
    <message>
        <source>no time yet</source>
        <translation>pas encore de durée</translation>
    </message>
    <message>
        <source>nothing to note</source>
        <translation>rien à noter</translation>
    </message>
    <message>
        <source>no time of its own</source>
        <translation>pas de durée propre</translation>
    </message>
</context>
<context>
    <name>stepwire::StepsView</name>
    <message>
        <source>Steps</source>
        <translation>Étapes</translation>
    </message>
</context>
<context>
    <name>stepwire::SuspendInhibitor</name>
    <message>
        <source>Jobs are running</source>
        <translation>Des tâches sont en cours</translation>
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
        <translation>Chronologie</translation>
    </message>
    <message>
        <source>started after %1</source>
        <comment>a duration</comment>
        <translation>démarrée après %1</translation>
    </message>
    <message>
        <source>runs for %1</source>
        <comment>a duration</comment>
        <translation>en cours depuis %1</translation>
    </message>
    <message>
        <source>ran for %1</source>
        <comment>a duration</comment>
        <translation>a duré %1</translation>
    </message>
    <message>
        <source>waited %1</source>
        <comment>a duration</comment>
        <translation>a attendu %1</translation>
    </message>
    <message>
        <source>has waited %1</source>
        <comment>a duration</comment>
        <translation>attend depuis %1</translation>
    </message>
    <message>
        <source>on the critical path</source>
        <translation>sur le chemin critique</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>No step has started yet.</source>
        <translation>Aucune étape n’a encore démarré.</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>en attente</translation>
    </message>
    <message>
        <source>critical path</source>
        <translation>chemin critique</translation>
    </message>
</context>
<context>
    <name>stepwire::Tray</name>
    <message>
        <source>&amp;Run a Pipeline…</source>
        <translation>&amp;Lancer un pipeline…</translation>
    </message>
    <message>
        <source>&amp;Pause the Queue</source>
        <translation>&amp;Mettre la file d’attente en pause</translation>
    </message>
    <message>
        <source>R&amp;elease the Queue</source>
        <translation>Li&amp;bérer la file d’attente</translation>
    </message>
    <message>
        <source>&amp;Show Window</source>
        <translation>&amp;Afficher la fenêtre</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Quitter</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>Connexion…</translation>
    </message>
    <message>
        <source>No connection to the hub</source>
        <translation>Aucune connexion au hub</translation>
    </message>
    <message>
        <source>No connection to the hub: %1</source>
        <translation>Aucune connexion au hub&#xa0;: %1</translation>
    </message>
    <message>
        <source>Nothing is running</source>
        <translation>Rien n’est en cours</translation>
    </message>
    <message numerus="yes">
        <source>Nothing is running, %n in the queue</source>
        <translation>
            <numerusform>Rien n’est en cours, %n dans la file d’attente</numerusform>
            <numerusform>Rien n’est en cours, %n dans la file d’attente</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>et %n autre</numerusform>
            <numerusform>et %n autres</numerusform>
        </translation>
    </message>
    <message>
        <source>Stepwire</source>
        <translation>Stepwire</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>&amp;Reprendre</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>Mettre en &amp;pause</translation>
    </message>
    <message>
        <source>&amp;Show</source>
        <translation>&amp;Afficher</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>Ann&amp;uler</translation>
    </message>
    <message>
        <source>Holds the jobs that wait now; those that come later start as ever</source>
        <translation>Retient les tâches qui attendent maintenant ; les suivantes démarrent comme d’habitude</translation>
    </message>
</context>
<context>
    <name>stepwire::WelcomePage</name>
    <message>
        <source>Run the &amp;Sample</source>
        <translation>Lancer l’&amp;exemple</translation>
    </message>
    <message>
        <source>A pipeline of three steps that takes about three seconds</source>
        <translation>Un pipeline de trois étapes qui dure environ trois secondes</translation>
    </message>
    <message>
        <source>&amp;Wrap a Command…</source>
        <translation>Lancer une &amp;commande…</translation>
    </message>
    <message>
        <source>Any program becomes a job with progress, output and history</source>
        <translation>N’importe quel programme devient une tâche avec progression, sortie et historique</translation>
    </message>
    <message>
        <source>Run a &amp;Pipeline…</source>
        <translation>Lancer un &amp;pipeline…</translation>
    </message>
    <message>
        <source>Choose a pipeline and what it works on</source>
        <translation>Choisir un pipeline et ce sur quoi il travaille</translation>
    </message>
    <message>
        <source>Or put this before any command in a &amp;terminal:</source>
        <translation>Ou placez ceci devant n’importe quelle commande dans un ter&amp;minal&#xa0;:</translation>
    </message>
    <message>
        <source>Command for a terminal</source>
        <translation>Commande pour un terminal</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>C&amp;opier</translation>
    </message>
    <message>
        <source>Copies the command for a terminal</source>
        <translation>Copie la commande pour un terminal</translation>
    </message>
    <message>
        <source>One moment</source>
        <translation>Un instant</translation>
    </message>
    <message>
        <source>Stepwire is looking for its hub, the part that runs jobs.</source>
        <translation>Stepwire recherche son hub, la partie qui exécute les tâches.</translation>
    </message>
    <message>
        <source>No jobs yet</source>
        <translation>Aucune tâche pour l’instant</translation>
    </message>
    <message>
        <source>A job is a command, or several in the right order. Start one here and watch it.</source>
        <translation>Une tâche est une commande, ou plusieurs dans le bon ordre. Lancez-en une ici et suivez-la.</translation>
    </message>
    <message>
        <source>The hub is not there</source>
        <translation>Le hub est absent</translation>
    </message>
    <message>
        <source>It is the part of Stepwire that runs jobs. This page comes to life when it is back.</source>
        <translation>C’est la partie de Stepwire qui exécute les tâches. Cette page s’animera à son retour.</translation>
    </message>
    <message>
        <source>It is the part of Stepwire that runs jobs. This page comes to life when it is back. The last that was heard: %1</source>
        <translation>C’est la partie de Stepwire qui exécute les tâches. Cette page s’animera à son retour. Dernière nouvelle reçue&#xa0;: %1</translation>
    </message>
    <message>
        <source>The sample was not started: %1</source>
        <translation>L’exemple n’a pas été lancé&#xa0;: %1</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Copié</translation>
    </message>
    <message>
        <source>Add a H&amp;ost…</source>
        <translation>Ajouter une mac&amp;hine…</translation>
    </message>
    <message>
        <source>Jobs of another machine are shown here, too</source>
        <translation>Les tâches d’une autre machine s’affichent aussi ici</translation>
    </message>
</context>
</TS>
