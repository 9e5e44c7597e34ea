<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
<context>
    <name>JobView</name>
    <message>
        <source>Step</source>
        <translation>Paso</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Equipo</translation>
    </message>
    <message>
        <source>%1 failed: %2</source>
        <comment>step, reason</comment>
        <translation>Falló %1: %2</translation>
    </message>
</context>
<context>
    <name>NotificationPolicy</name>
    <message>
        <source>%1 on %2</source>
        <comment>a job on a host</comment>
        <translation>%1 en %2</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>Show Output</source>
        <translation>Mostrar la salida</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message numerus="yes">
        <source>%1 of %n jobs</source>
        <translation>
            <numerusform>%1 de %n tarea</numerusform>
            <numerusform>%1 de %n tareas</numerusform>
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
            <numerusform>%n fallida</numerusform>
            <numerusform>%n fallidas</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 succeeded on %2</source>
        <translation>%1 se completó en %2</translation>
    </message>
    <message>
        <source>%1 succeeded</source>
        <translation>%1 se completó</translation>
    </message>
    <message>
        <source>%1 succeeded on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%1 se completó en %2 tras %3</translation>
    </message>
    <message>
        <source>%1 succeeded after %2</source>
        <comment>job, duration</comment>
        <translation>%1 se completó tras %2</translation>
    </message>
    <message>
        <source>%1 was interrupted on %2</source>
        <comment>job, host</comment>
        <translation>%1 se interrumpió en %2</translation>
    </message>
    <message>
        <source>%1 was interrupted</source>
        <translation>%1 se interrumpió</translation>
    </message>
    <message>
        <source>%1 timed out on %2</source>
        <comment>job, host</comment>
        <translation>%1 agotó el tiempo en %2</translation>
    </message>
    <message>
        <source>%1 failed on %2</source>
        <comment>job, host</comment>
        <translation>%1 falló en %2</translation>
    </message>
    <message>
        <source>%1 timed out</source>
        <translation>%1 agotó el tiempo</translation>
    </message>
    <message>
        <source>%1 failed</source>
        <translation>%1 falló</translation>
    </message>
    <message>
        <source>%1 timed out on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%1 agotó el tiempo en %2 tras %3</translation>
    </message>
    <message>
        <source>%1 failed on %2 after %3</source>
        <comment>job, host, duration</comment>
        <translation>%1 falló en %2 tras %3</translation>
    </message>
    <message>
        <source>%1 timed out after %2</source>
        <comment>job, duration</comment>
        <translation>%1 agotó el tiempo tras %2</translation>
    </message>
    <message>
        <source>%1 failed after %2</source>
        <comment>job, duration</comment>
        <translation>%1 falló tras %2</translation>
    </message>
    <message>
        <source>%1 timed out at %2 on %3 after %4</source>
        <comment>job, step, host, duration</comment>
        <translation>%1 agotó el tiempo en el paso %2 en %3 tras %4</translation>
    </message>
    <message>
        <source>%1 failed at %2 on %3 after %4</source>
        <comment>job, step, host, duration</comment>
        <translation>%1 falló en el paso %2 en %3 tras %4</translation>
    </message>
    <message>
        <source>%1 timed out at %2 after %3</source>
        <comment>job, step, duration</comment>
        <translation>%1 agotó el tiempo en el paso %2 tras %3</translation>
    </message>
    <message>
        <source>%1 failed at %2 after %3</source>
        <comment>job, step, duration</comment>
        <translation>%1 falló en el paso %2 tras %3</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>Reintentar</translation>
    </message>
    <message>
        <source>Retry from Here</source>
        <translation>Reintentar desde aquí</translation>
    </message>
    <message numerus="yes">
        <source>%n succeeded</source>
        <translation>
            <numerusform>%n completada</numerusform>
            <numerusform>%n completadas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cancelled</source>
        <translation>
            <numerusform>%n cancelada</numerusform>
            <numerusform>%n canceladas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n skipped</source>
        <translation>
            <numerusform>%n omitida</numerusform>
            <numerusform>%n omitidas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n jobs on %1 finished</source>
        <translation>
            <numerusform>%n tarea terminada en %1</numerusform>
            <numerusform>%n tareas terminadas en %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n jobs finished</source>
        <translation>
            <numerusform>%n tarea terminada</numerusform>
            <numerusform>%n tareas terminadas</numerusform>
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
            <numerusform>%1 y %n más</numerusform>
            <numerusform>%1 y %n más</numerusform>
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
        <translation>en cola</translation>
    </message>
    <message>
        <source>held</source>
        <translation>en retención</translation>
    </message>
    <message>
        <source>running</source>
        <translation>en ejecución</translation>
    </message>
    <message>
        <source>pausing</source>
        <translation>pausando</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>en pausa</translation>
    </message>
    <message>
        <source>cancelling</source>
        <translation>cancelando</translation>
    </message>
    <message>
        <source>succeeded</source>
        <translation>se completó</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>falló</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>se canceló</translation>
    </message>
    <message>
        <source>timed out</source>
        <translation>agotó el tiempo</translation>
    </message>
    <message>
        <source>skipped</source>
        <translation>se omitió</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>se interrumpió</translation>
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
        <translation>ahora mismo</translation>
    </message>
    <message numerus="yes">
        <source>%n days ago</source>
        <translation>
            <numerusform>hace %n día</numerusform>
            <numerusform>hace %n días</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 ago</source>
        <comment>a duration</comment>
        <translation>hace %1</translation>
    </message>
    <message>
        <source>~%1 left</source>
        <translation>~%1 para terminar</translation>
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
        <translation>n.º&#xa0;%1 en la cola</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 de %2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>error: last line</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>quiet for %1</source>
        <translation>sin actividad desde hace %1</translation>
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
        <translation>%1 en %2</translation>
    </message>
</context>
<context>
    <name>stepwire::BackgroundStatus</name>
    <message>
        <source>No job runs</source>
        <translation>Ninguna tarea en ejecución</translation>
    </message>
    <message numerus="yes">
        <source>%n jobs</source>
        <translation>
            <numerusform>%n tarea</numerusform>
            <numerusform>%n tareas</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1&#xa0;%</translation>
    </message>
    <message>
        <source>~%1 left</source>
        <translation>~%1 para terminar</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>Jobs go on while the window is hidden.</source>
        <translation>Las tareas siguen mientras la ventana está oculta.</translation>
    </message>
</context>
<context>
    <name>stepwire::DesktopApp</name>
    <message>
        <source>The window that is open already was raised.</source>
        <translation>Se ha traído al frente la ventana que ya estaba abierta.</translation>
    </message>
    <message>
        <source>There is no translation to “%1”, which [window] language of config.toml names.</source>
        <translation>No hay traducción a «%1», el idioma que indica [window] language en config.toml.</translation>
    </message>
    <message>
        <source>Quit Stepwire</source>
        <translation>Salir de Stepwire</translation>
    </message>
    <message numerus="yes">
        <source>%n jobs are running in this program.</source>
        <translation>
            <numerusform>Hay %n tarea en ejecución en este programa.</numerusform>
            <numerusform>Hay %n tareas en ejecución en este programa.</numerusform>
        </translation>
    </message>
    <message>
        <source>They end with it. A job that was interrupted can be retried later.</source>
        <translation>Si sale, se interrumpirá su ejecución. Una tarea interrumpida se puede reintentar más tarde.</translation>
    </message>
    <message>
        <source>Keep Running in the &amp;Tray</source>
        <translation>Seguir en la &amp;bandeja</translation>
    </message>
    <message>
        <source>Keep Running, &amp;Minimised</source>
        <translation>Seguir con la ventana &amp;minimizada</translation>
    </message>
    <message>
        <source>Quit &amp;When They Have Ended</source>
        <translation>&amp;Salir cuando terminen</translation>
    </message>
    <message>
        <source>&amp;Cancel the Jobs and Quit</source>
        <translation>&amp;Cancelar las tareas y salir</translation>
    </message>
    <message>
        <source>&amp;Stay</source>
        <translation>&amp;No salir</translation>
    </message>
    <message>
        <source>About Stepwire</source>
        <translation>Acerca de Stepwire</translation>
    </message>
    <message>
        <source>Stepwire %1</source>
        <translation>Stepwire %1</translation>
    </message>
    <message>
        <source>Runs pipelines and commands and shows how far they are, everywhere at once.</source>
        <translation>Ejecuta pipelines y órdenes y muestra su avance, en todas partes a la vez.</translation>
    </message>
    <message>
        <source>There is no tray to start hidden in, so the window is shown.</source>
        <translation>No hay bandeja en la que iniciar oculto, por lo que se muestra la ventana.</translation>
    </message>
    <message numerus="yes">
        <source>%n more wait. When the others have ended these go on without the window; after a cancel they are held.</source>
        <translation>
            <numerusform>%n más espera. Cuando terminen las demás, continuará sin la ventana; tras una cancelación queda retenida.</numerusform>
            <numerusform>%n más esperan. Cuando terminen las demás, continuarán sin la ventana; tras una cancelación quedan retenidas.</numerusform>
        </translation>
    </message>
    <message>
        <source>Stepwire quits when the jobs have ended.</source>
        <translation>Stepwire se cerrará cuando terminen las tareas.</translation>
    </message>
    <message numerus="yes">
        <source>No hub could take over what waits: %n jobs stay held.</source>
        <translation>
            <numerusform>Ningún hub pudo hacerse cargo de lo que espera: %n tarea sigue retenida.</numerusform>
            <numerusform>Ningún hub pudo hacerse cargo de lo que espera: %n tareas siguen retenidas.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::FreedesktopNotifier</name>
    <message>
        <source>The desktop&apos;s notifications do not answer, so the end of jobs is not told there.</source>
        <translation>Las notificaciones del escritorio no responden, por lo que no se avisará allí del final de las tareas.</translation>
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
        <translation>Mostrar</translation>
    </message>
    <message>
        <source>Stepwire</source>
        <translation>Stepwire</translation>
    </message>
    <message>
        <source>No notification service runs, so the end of jobs is not told on the desktop.</source>
        <translation>No hay ningún servicio de notificaciones en marcha, por lo que no se avisa en el escritorio del final de las tareas.</translation>
    </message>
</context>
<context>
    <name>stepwire::HostForm</name>
    <message>
        <source>Add a host</source>
        <translation>Añadir un equipo</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>&amp;Nombre:</translation>
    </message>
    <message>
        <source>What it is called here.</source>
        <translation>Cómo se llama aquí.</translation>
    </message>
    <message>
        <source>A&amp;ddress:</source>
        <translation>&amp;Dirección:</translation>
    </message>
    <message>
        <source>user@host for SSH, wss://host:port for a WebSocket, or the path of a hub&apos;s socket.</source>
        <translation>user@host para SSH, wss://host:port para un WebSocket o la ruta del socket de un hub.</translation>
    </message>
    <message>
        <source>&amp;Program there:</source>
        <translation>&amp;Programa remoto:</translation>
    </message>
    <message>
        <source>What SSH calls there when it is not “stepwire”.</source>
        <translation>Lo que SSH llama allí si no es «stepwire».</translation>
    </message>
    <message>
        <source>&amp;Token:</source>
        <translation>&amp;Token:</translation>
    </message>
    <message>
        <source>Its hub&apos;s file “token”, or “token.read” to look only.</source>
        <translation>El archivo «token» de su hub, o «token.read» solo para mirar.</translation>
    </message>
    <message>
        <source>&amp;Certificate:</source>
        <translation>&amp;Certificado:</translation>
    </message>
    <message>
        <source>SHA-256 of its certificate, where no authority vouches for it.</source>
        <translation>SHA-256 de su certificado, si ninguna autoridad lo avala.</translation>
    </message>
</context>
<context>
    <name>stepwire::HostsPage</name>
    <message>
        <source>&amp;Add a host…</source>
        <translation>&amp;Añadir un equipo…</translation>
    </message>
    <message>
        <source>Add a ser&amp;ver…</source>
        <translation>Añadir un &amp;servidor…</translation>
    </message>
    <message>
        <source>Re&amp;move…</source>
        <translation>&amp;Quitar…</translation>
    </message>
    <message>
        <source>Jobs of other machines, and of other systems&apos; servers, are shown beside those of this one.</source>
        <translation>Las tareas de otros equipos y de servidores de otros sistemas se muestran junto a las de este.</translation>
    </message>
    <message>
        <source>Hosts and servers</source>
        <translation>Equipos y servidores</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nombre</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Dirección</translation>
    </message>
    <message>
        <source>Standing</source>
        <translation>Estado</translation>
    </message>
    <message>
        <source>connecting…</source>
        <translation>conectando…</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>conectado</translation>
    </message>
    <message>
        <source>lost %1</source>
        <comment>4 min ago</comment>
        <translation>perdido %1</translation>
    </message>
    <message>
        <source>lost</source>
        <translation>perdido</translation>
    </message>
    <message>
        <source>shown already</source>
        <translation>ya se muestra</translation>
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
        <translation>Ahora mismo no hay ningún hub al que preguntar.</translation>
    </message>
    <message>
        <source>There are none yet.</source>
        <translation>Todavía no hay ninguno.</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>a host, why it is lost</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>The hub knows no kinds of servers.</source>
        <translation>El hub no conoce ningún tipo de servidor.</translation>
    </message>
    <message>
        <source>“%1” is kept, but shows nothing: %2.</source>
        <translation>«%1» queda guardado, pero no muestra nada: %2.</translation>
    </message>
    <message>
        <source>“%1” is kept and tried again, but cannot be reached now: %2.</source>
        <translation>«%1» queda guardado y se volverá a intentar, pero ahora no responde: %2.</translation>
    </message>
    <message>
        <source>“%1” was added.</source>
        <translation>Se añadió «%1».</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Quitar</translation>
    </message>
    <message>
        <source>Remove “%1”?</source>
        <translation>¿Quitar «%1»?</translation>
    </message>
    <message>
        <source>Its jobs go on there, but are shown here no more.</source>
        <translation>Sus tareas continúan allí, pero dejan de mostrarse aquí.</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>&amp;Quitar</translation>
    </message>
</context>
<context>
    <name>stepwire::HubForm</name>
    <message>
        <source>&amp;Add</source>
        <translation>&amp;Añadir</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Mostrar</translation>
    </message>
    <message>
        <source>Show %1</source>
        <comment>what is secret, as the token</comment>
        <translation>Mostrar: %1</translation>
    </message>
    <message>
        <source>This is needed.</source>
        <translation>Esto es necesario.</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>Conectando…</translation>
    </message>
</context>
<context>
    <name>stepwire::JobActions</name>
    <message>
        <source>“%1” was taken out of the queue</source>
        <translation>Se ha quitado de la cola la tarea «%1»</translation>
    </message>
    <message>
        <source>“%1” is held</source>
        <translation>Se ha retenido la tarea «%1»</translation>
    </message>
    <message>
        <source>“%1” was moved</source>
        <translation>Se ha movido la tarea «%1»</translation>
    </message>
    <message numerus="yes">
        <source>%n waiting jobs are held, what comes next is not</source>
        <translation>
            <numerusform>Se ha retenido %n tarea en espera; las que lleguen después no</numerusform>
            <numerusform>Se han retenido %n tareas en espera; las que lleguen después no</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::JobListModel</name>
    <message>
        <source>Running</source>
        <translation>En ejecución</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>En cola</translation>
    </message>
    <message>
        <source>Held / paused</source>
        <translation>Retenidas / en pausa</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Hoy</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Ayer</translation>
    </message>
    <message>
        <source>dddd d MMMM</source>
        <comment>a day: QLocale&apos;s letters</comment>
        <translation>dddd d &apos;de&apos; MMMM</translation>
    </message>
    <message>
        <source>dddd d MMMM yyyy</source>
        <comment>a day of another year: QLocale&apos;s letters</comment>
        <translation>dddd d &apos;de&apos; MMMM &apos;de&apos; yyyy</translation>
    </message>
    <message>
        <source>%1 / %2</source>
        <comment>a job and one that a step of it started</comment>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>part of %1</source>
        <comment>a job</comment>
        <translation>parte de %1</translation>
    </message>
    <message>
        <source>took %1</source>
        <translation>duró %1</translation>
    </message>
    <message>
        <source>last seen %1</source>
        <translation>último contacto %1</translation>
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
            <numerusform>%1, %n tarea</numerusform>
            <numerusform>%1, %n tareas</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::JobListView</name>
    <message>
        <source>here</source>
        <comment>on this host</comment>
        <translation>aquí</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>failed: a step, why</comment>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>waits for %1</source>
        <translation>espera a %1</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>#1 in the queue, waits for a thing</comment>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>last seen %1</source>
        <comment>4 min ago</comment>
        <translation>último contacto %1</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>Tareas</translation>
    </message>
    <message>
        <source>No jobs yet</source>
        <translation>Aún no hay tareas</translation>
    </message>
    <message>
        <source>No jobs on %1</source>
        <translation>No hay tareas en %1</translation>
    </message>
    <message>
        <source>No job matches “%1”</source>
        <translation>Ninguna tarea coincide con «%1»</translation>
    </message>
    <message>
        <source>No job on %1 matches “%2”</source>
        <translation>Ninguna tarea en %1 coincide con «%2»</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Pausar</translation>
    </message>
    <message>
        <source>Pause &amp;after this step</source>
        <translation>Pausar &amp;después de este paso</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>&amp;Reanudar</translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation>Re&amp;tener</translation>
    </message>
    <message>
        <source>&amp;Release</source>
        <translation>&amp;Liberar</translation>
    </message>
    <message>
        <source>Move &amp;up in the queue</source>
        <translation>&amp;Subir en la cola</translation>
    </message>
    <message>
        <source>Move &amp;down in the queue</source>
        <translation>&amp;Bajar en la cola</translation>
    </message>
    <message>
        <source>Re&amp;try</source>
        <translation>Re&amp;intentar</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Cancelar</translation>
    </message>
    <message>
        <source>Take &amp;out of the queue</source>
        <translation>&amp;Quitar de la cola</translation>
    </message>
    <message>
        <source>Copy r&amp;eport</source>
        <translation>Copiar in&amp;forme</translation>
    </message>
</context>
<context>
    <name>stepwire::JobPane</name>
    <message>
        <source>Parts of the job</source>
        <translation>Partes de la tarea</translation>
    </message>
    <message>
        <source>&amp;Steps</source>
        <translation>&amp;Pasos</translation>
    </message>
    <message>
        <source>T&amp;imeline</source>
        <translation>Cronolo&amp;gía</translation>
    </message>
    <message>
        <source>&amp;Output</source>
        <translation>&amp;Salida</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>&amp;Detalles</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Cancelar</translation>
    </message>
    <message>
        <source>End this job</source>
        <translation>Terminar esta tarea</translation>
    </message>
    <message>
        <source>&amp;Pause Now</source>
        <translation>&amp;Pausar ahora</translation>
    </message>
    <message>
        <source>Pause &amp;After This Step</source>
        <translation>Pausar &amp;después de este paso</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>&amp;Reanudar</translation>
    </message>
    <message>
        <source>Re&amp;try</source>
        <translation>Re&amp;intentar</translation>
    </message>
    <message>
        <source>Run again what did not succeed</source>
        <translation>Volver a ejecutar lo que no se completó</translation>
    </message>
    <message>
        <source>&amp;Hold</source>
        <translation>Rete&amp;ner</translation>
    </message>
    <message>
        <source>Keep this job in the queue until it is released</source>
        <translation>Mantener esta tarea en la cola hasta que se libere</translation>
    </message>
    <message>
        <source>Re&amp;lease</source>
        <translation>&amp;Liberar</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>what a button does, its keys</comment>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>Paus&amp;ar</translation>
    </message>
    <message>
        <source>Job</source>
        <translation>Tarea</translation>
    </message>
    <message>
        <source>How far it is</source>
        <translation>Avance</translation>
    </message>
    <message>
        <source>Progress of the job</source>
        <translation>Progreso de la tarea</translation>
    </message>
    <message>
        <source>State of the job</source>
        <translation>Estado de la tarea</translation>
    </message>
    <message>
        <source>Age of what is shown</source>
        <translation>Antigüedad de lo que se muestra</translation>
    </message>
    <message>
        <source>What can be done</source>
        <translation>Acciones posibles</translation>
    </message>
    <message>
        <source>What went wrong</source>
        <translation>Qué ha fallado</translation>
    </message>
    <message>
        <source>Last line of output</source>
        <translation>Última línea de la salida</translation>
    </message>
    <message>
        <source>Sho&amp;w Output</source>
        <translation>&amp;Mostrar la salida</translation>
    </message>
    <message>
        <source>Retry &amp;from Here</source>
        <translation>Reintentar desde a&amp;quí</translation>
    </message>
    <message>
        <source>Cop&amp;y Report</source>
        <translation>Copiar in&amp;forme</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Copiado</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Detalles</translation>
    </message>
    <message>
        <source>Choose a job to see its steps and its output.</source>
        <translation>Elija una tarea para ver sus pasos y su salida.</translation>
    </message>
    <message>
        <source>This job is no longer known.</source>
        <translation>Esta tarea ya no existe.</translation>
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
        <translation>espera a %1</translation>
    </message>
    <message>
        <source>attempt %1</source>
        <translation>intento %1</translation>
    </message>
    <message>
        <source>started %1</source>
        <comment>a date and time</comment>
        <translation>iniciada el %1</translation>
    </message>
    <message>
        <source>took %1</source>
        <comment>a duration</comment>
        <translation>duró %1</translation>
    </message>
    <message>
        <source>for %1</source>
        <comment>a duration</comment>
        <translation>desde hace %1</translation>
    </message>
    <message>
        <source>since %1</source>
        <comment>a date and time</comment>
        <translation>desde el %1</translation>
    </message>
    <message>
        <source>The hub cannot be reached, what is shown is from %1</source>
        <comment>4 min ago</comment>
        <translation>No se puede contactar con el hub, último estado conocido %1</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>a sentence, a reason</comment>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>%1 on %2</source>
        <comment>failed on a host</comment>
        <translation>%1 en %2</translation>
    </message>
    <message>
        <source>%1 %2 on %3</source>
        <comment>a step failed on a host</comment>
        <translation>%1 %2 en %3</translation>
    </message>
    <message>
        <source>%1 after %2</source>
        <comment>failed, a duration</comment>
        <translation>%1 tras %2</translation>
    </message>
    <message>
        <source>Pipeline</source>
        <translation>Pipeline</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Orden</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>Grupo</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Origen</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Equipo</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>En cola</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>Inicio</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>Fin</translation>
    </message>
    <message>
        <source>Part of</source>
        <translation>Parte de</translation>
    </message>
    <message>
        <source>Id</source>
        <translation>Identificador</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Parámetros</translation>
    </message>
    <message>
        <source>Facts</source>
        <translation>Información</translation>
    </message>
    <message>
        <source>%1:</source>
        <comment>name of a fact</comment>
        <translation>%1:</translation>
    </message>
    <message>
        <source>Show &amp;Output</source>
        <translation>Mostrar la &amp;salida</translation>
    </message>
    <message>
        <source>&amp;Retry from Here</source>
        <translation>&amp;Reintentar desde aquí</translation>
    </message>
    <message>
        <source>&amp;Cancel This Step</source>
        <translation>&amp;Cancelar este paso</translation>
    </message>
    <message>
        <source>%1 cannot be reached, what is shown is from %2</source>
        <comment>a host, 4 min ago</comment>
        <translation>No se puede contactar con %1, lo que se muestra es de %2</translation>
    </message>
</context>
<context>
    <name>stepwire::JobViewServer</name>
    <message>
        <source>job of %1</source>
        <comment>a program</comment>
        <translation>tarea de %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>a program: what it does</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>failed with error %1</source>
        <translation>falló con el error %1</translation>
    </message>
    <message>
        <source>%1 ended without saying how it went</source>
        <comment>a program</comment>
        <translation>%1 terminó sin indicar el resultado</translation>
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
        <translation>Des&amp;hacer</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Deshacer</translation>
    </message>
    <message>
        <source>Search…</source>
        <translation>Buscar…</translation>
    </message>
    <message>
        <source>Search jobs</source>
        <translation>Buscar tareas</translation>
    </message>
    <message>
        <source>Hosts</source>
        <translation>Equipos</translation>
    </message>
    <message>
        <source>All hosts</source>
        <translation>Todos los equipos</translation>
    </message>
    <message>
        <source>Stepwi&amp;re</source>
        <translation>Stepwi&amp;re</translation>
    </message>
    <message>
        <source>&amp;Run…</source>
        <translation>&amp;Ejecutar…</translation>
    </message>
    <message>
        <source>Run a pipeline or a command (Ctrl+N)</source>
        <translation>Ejecutar un pipeline o una orden (Ctrl+N)</translation>
    </message>
    <message>
        <source>Run a &amp;Command…</source>
        <translation>Ejecutar una &amp;orden…</translation>
    </message>
    <message>
        <source>Se&amp;ttings…</source>
        <translation>&amp;Preferencias…</translation>
    </message>
    <message>
        <source>&amp;Close Window</source>
        <translation>&amp;Cerrar ventana</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Salir</translation>
    </message>
    <message>
        <source>&amp;Job</source>
        <translation>&amp;Tarea</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ver</translation>
    </message>
    <message>
        <source>&amp;Search Jobs</source>
        <translation>&amp;Buscar tareas</translation>
    </message>
    <message>
        <source>&amp;Jobs</source>
        <translation>&amp;Tareas</translation>
    </message>
    <message>
        <source>S&amp;teps</source>
        <translation>&amp;Pasos</translation>
    </message>
    <message>
        <source>Time&amp;line</source>
        <translation>&amp;Cronología</translation>
    </message>
    <message>
        <source>&amp;Output</source>
        <translation>&amp;Salida</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>&amp;Detalles</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>Ay&amp;uda</translation>
    </message>
    <message>
        <source>&amp;About Stepwire</source>
        <translation>&amp;Acerca de Stepwire</translation>
    </message>
    <message>
        <source>Main toolbar</source>
        <translation>Barra de herramientas principal</translation>
    </message>
    <message numerus="yes">
        <source>%n running</source>
        <translation>
            <numerusform>%n en ejecución</numerusform>
            <numerusform>%n en ejecución</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n en espera</numerusform>
            <numerusform>%n en espera</numerusform>
        </translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>◌ looking for a hub</source>
        <translation>◌ buscando un hub</translation>
    </message>
    <message>
        <source>There is no hub yet: %1. Trying again.</source>
        <translation>Aún no hay ningún hub: %1. Se está reintentando.</translation>
    </message>
    <message>
        <source>● %1</source>
        <translation>● %1</translation>
    </message>
    <message>
        <source>The hub lives in this window&apos;s program.</source>
        <translation>El hub forma parte del programa de esta ventana.</translation>
    </message>
    <message>
        <source>The hub is a program of its own; this window may be closed.</source>
        <translation>El hub es un programa aparte; esta ventana se puede cerrar.</translation>
    </message>
    <message>
        <source>What happens is not kept at the moment: %1.</source>
        <translation>Lo que ocurre no se está guardando en este momento: %1.</translation>
    </message>
    <message>
        <source>◌ %1, last seen %2</source>
        <translation>◌ %1, último contacto %2</translation>
    </message>
    <message>
        <source>The hub does not answer: %1. What is shown is as it was %2.</source>
        <translation>El hub no responde: %1. Último estado conocido %2.</translation>
    </message>
    <message>
        <source>%1 (lost)</source>
        <comment>a host</comment>
        <translation>%1 (perdido)</translation>
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
            <numerusform>● %n equipo</numerusform>
            <numerusform>● %n equipos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>◌ %n lost</source>
        <comment>hosts</comment>
        <translation>
            <numerusform>◌ %n perdido</numerusform>
            <numerusform>◌ %n perdidos</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 is lost: %2</source>
        <comment>a host</comment>
        <translation>Se perdió %1: %2</translation>
    </message>
    <message>
        <source>%1 is back</source>
        <comment>a host</comment>
        <translation>%1 ha vuelto</translation>
    </message>
</context>
<context>
    <name>stepwire::OutputPane</name>
    <message>
        <source>Output</source>
        <translation>Salida</translation>
    </message>
    <message>
        <source>Jump to end</source>
        <translation>Ir al final</translation>
    </message>
    <message>
        <source>Jump to the end and stay there (Ctrl+End)</source>
        <translation>Ir al final y quedarse allí (Ctrl+Fin)</translation>
    </message>
    <message>
        <source>… %1 left out</source>
        <translation>… %1 omitidos</translation>
    </message>
    <message>
        <source>%1, attempt %2</source>
        <translation>%1, intento %2</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message numerus="yes">
        <source>%n earlier line(s) not shown</source>
        <translation>
            <numerusform>%n línea anterior no mostrada</numerusform>
            <numerusform>%n líneas anteriores no mostradas</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Open %1</source>
        <translation>&amp;Abrir %1</translation>
    </message>
    <message>
        <source>Copy &amp;address</source>
        <translation>Copiar &amp;dirección</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Copiar</translation>
    </message>
    <message>
        <source>&amp;Select all</source>
        <translation>&amp;Seleccionar todo</translation>
    </message>
    <message>
        <source>&amp;Find…</source>
        <translation>&amp;Buscar…</translation>
    </message>
    <message>
        <source>There was no output.</source>
        <translation>No hubo ninguna salida.</translation>
    </message>
    <message>
        <source>No output yet.</source>
        <translation>Aún no hay salida.</translation>
    </message>
</context>
<context>
    <name>stepwire::OutputView</name>
    <message>
        <source>Step</source>
        <translation>Paso</translation>
    </message>
    <message>
        <source>&amp;Output of</source>
        <translation>Sa&amp;lida de</translation>
    </message>
    <message>
        <source>&amp;Find</source>
        <translation>&amp;Buscar</translation>
    </message>
    <message>
        <source>Search in the output (Ctrl+F)</source>
        <translation>Buscar en la salida (Ctrl+F)</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>C&amp;opiar</translation>
    </message>
    <message>
        <source>Copy what is selected, or all of the output</source>
        <translation>Copiar la selección o toda la salida</translation>
    </message>
    <message>
        <source>Search in the output</source>
        <translation>Buscar en la salida</translation>
    </message>
    <message>
        <source>Matches</source>
        <translation>Coincidencias</translation>
    </message>
    <message>
        <source>&amp;Previous</source>
        <translation>&amp;Anterior</translation>
    </message>
    <message>
        <source>The match before (Shift+F3)</source>
        <translation>Coincidencia anterior (Mayús+F3)</translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation>Siguie&amp;nte</translation>
    </message>
    <message>
        <source>The next match (F3)</source>
        <translation>Coincidencia siguiente (F3)</translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation>C&amp;errar</translation>
    </message>
    <message>
        <source>Close the search (Esc)</source>
        <translation>Cerrar la búsqueda (Esc)</translation>
    </message>
    <message>
        <source>Output of %1</source>
        <translation>Salida de %1</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>Salida</translation>
    </message>
    <message>
        <source>All steps</source>
        <translation>Todos los pasos</translation>
    </message>
    <message>
        <source>No matches</source>
        <translation>Sin coincidencias</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 de %2</translation>
    </message>
    <message numerus="yes">
        <source>%n match(es)</source>
        <translation>
            <numerusform>%n coincidencia</numerusform>
            <numerusform>%n coincidencias</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::ParameterForm</name>
    <message>
        <source>(not set)</source>
        <translation>(sin definir)</translation>
    </message>
    <message>
        <source>%1 *</source>
        <translation>%1 *</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>Examinar…</translation>
    </message>
    <message>
        <source>Browse for %1</source>
        <translation>Examinar para %1</translation>
    </message>
    <message>
        <source>A &amp;File…</source>
        <translation>Un &amp;archivo…</translation>
    </message>
    <message>
        <source>A F&amp;older…</source>
        <translation>Una &amp;carpeta…</translation>
    </message>
    <message>
        <source>As the pipeline says</source>
        <translation>Según el pipeline</translation>
    </message>
    <message>
        <source>Yes</source>
        <translation>Sí</translation>
    </message>
    <message>
        <source>No</source>
        <translation>No</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Elegir…</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Elegir</translation>
    </message>
    <message>
        <source>“%1” is needed.</source>
        <translation>«%1» es obligatorio.</translation>
    </message>
    <message>
        <source>The value</source>
        <translation>El valor</translation>
    </message>
    <message>
        <source>“%1”</source>
        <translation>«%1»</translation>
    </message>
    <message>
        <source>%1 is not a whole number.</source>
        <translation>%1 no es un número entero.</translation>
    </message>
    <message>
        <source>%1 is not a number.</source>
        <translation>%1 no es un número.</translation>
    </message>
    <message>
        <source>needed</source>
        <translation>obligatorio</translation>
    </message>
    <message>
        <source>* needed</source>
        <translation>* obligatorio</translation>
    </message>
</context>
<context>
    <name>stepwire::PortalNotifier</name>
    <message>
        <source>The desktop&apos;s notifications do not answer, so the end of jobs is not told there.</source>
        <translation>Las notificaciones del escritorio no responden, por lo que no se avisará allí del final de las tareas.</translation>
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
        <translation>línea %1, columna %2: </translation>
    </message>
    <message>
        <source>line %1: </source>
        <translation>línea %1: </translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Ejecutar</translation>
    </message>
    <message>
        <source>Why it was not started</source>
        <translation>Por qué no se inició</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>&amp;Ejecutar</translation>
    </message>
    <message>
        <source>Start the job (%1)</source>
        <translation>Iniciar la tarea (%1)</translation>
    </message>
    <message>
        <source>Search pipelines</source>
        <translation>Buscar pipelines</translation>
    </message>
    <message>
        <source>Pipelines</source>
        <translation>Pipelines</translation>
    </message>
    <message>
        <source>A command…</source>
        <translation>Una orden…</translation>
    </message>
    <message>
        <source>any program, as a job</source>
        <translation>cualquier programa, como tarea</translation>
    </message>
    <message>
        <source>&amp;Command</source>
        <translation>&amp;Orden</translation>
    </message>
    <message>
        <source>A program and its arguments, those with spaces in &quot;double quotes&quot;. No shell reads it; for pipes and wildcards run sh -c &quot;…&quot;.</source>
        <translation>Un programa y sus argumentos, entre &quot;comillas dobles&quot; los que tengan espacios. Ningún intérprete de órdenes la procesa; para tuberías y comodines, ejecute sh -c &quot;…&quot;.</translation>
    </message>
    <message>
        <source>&amp;Browse…</source>
        <translation>E&amp;xaminar…</translation>
    </message>
    <message>
        <source>Browse for a folder</source>
        <translation>Buscar una carpeta</translation>
    </message>
    <message>
        <source>Folder to run in</source>
        <translation>Carpeta de ejecución</translation>
    </message>
    <message>
        <source>In &amp;folder</source>
        <translation>En la ca&amp;rpeta</translation>
    </message>
    <message>
        <source>Where the program starts; the home folder when empty.</source>
        <translation>Donde se inicia el programa; la carpeta personal si se deja vacío.</translation>
    </message>
    <message>
        <source>&amp;More options</source>
        <translation>Más o&amp;pciones</translation>
    </message>
    <message>
        <source>Title of the job</source>
        <translation>Título de la tarea</translation>
    </message>
    <message>
        <source>&amp;Title</source>
        <translation>&amp;Título</translation>
    </message>
    <message>
        <source>Group whose queue the job waits in</source>
        <translation>Grupo en cuya cola espera la tarea</translation>
    </message>
    <message>
        <source>Jobs of one group wait for each other</source>
        <translation>Las tareas de un mismo grupo se esperan unas a otras</translation>
    </message>
    <message>
        <source>&amp;Group</source>
        <translation>&amp;Grupo</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automático</translation>
    </message>
    <message>
        <source>Steps at once</source>
        <translation>Pasos simultáneos</translation>
    </message>
    <message>
        <source>&amp;Steps at once</source>
        <translation>Pasos &amp;simultáneos</translation>
    </message>
    <message>
        <source>Asking for pipelines…</source>
        <translation>Solicitando los pipelines…</translation>
    </message>
    <message>
        <source>Pipelines cannot be listed: %1</source>
        <translation>No se puede obtener la lista de pipelines: %1</translation>
    </message>
    <message>
        <source>There are no pipelines yet. Drop a .toml file here to run it.</source>
        <translation>Aún no hay pipelines. Suelte aquí un archivo .toml para ejecutarlo.</translation>
    </message>
    <message>
        <source>A command</source>
        <translation>Una orden</translation>
    </message>
    <message>
        <source>Any program becomes a job of one step, with its output, progress and history.</source>
        <translation>Cualquier programa se convierte en una tarea de un solo paso, con su salida, su progreso y su historial.</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>y %n más</numerusform>
            <numerusform>y %n más</numerusform>
        </translation>
    </message>
    <message>
        <source>Steps: %1</source>
        <translation>Pasos: %1</translation>
    </message>
    <message>
        <source>This pipeline cannot be run:</source>
        <translation>Este pipeline no se puede ejecutar:</translation>
    </message>
    <message>
        <source>the command</source>
        <translation>la orden</translation>
    </message>
    <message>
        <source>A command is needed.</source>
        <translation>Se necesita una orden.</translation>
    </message>
    <message>
        <source>“%1” is no whole path; one begins with / or ~/.</source>
        <translation>«%1» no es una ruta completa; debe empezar por / o ~/.</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Iniciando…</translation>
    </message>
    <message>
        <source>The pipeline has faults:</source>
        <translation>El pipeline tiene errores:</translation>
    </message>
    <message>
        <source>“%1” takes no file.</source>
        <translation>«%1» no acepta archivos.</translation>
    </message>
    <message>
        <source>What is run</source>
        <translation>Qué se ejecuta</translation>
    </message>
    <message>
        <source>Host to run on</source>
        <translation>Equipo donde ejecutar</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>Este equipo</translation>
    </message>
    <message>
        <source>&amp;On</source>
        <translation>E&amp;n</translation>
    </message>
    <message>
        <source>There are no pipelines on %1.</source>
        <translation>No hay pipelines en %1.</translation>
    </message>
</context>
<context>
    <name>stepwire::SessionBus</name>
    <message>
        <source>There is no message bus, so the desktop cannot be told of jobs.</source>
        <translation>No hay bus de mensajes, por lo que no se puede informar al escritorio de las tareas.</translation>
    </message>
    <message>
        <source>The message bus does not answer, so the desktop cannot be told of jobs.</source>
        <translation>El bus de mensajes no responde, por lo que no se puede informar al escritorio de las tareas.</translation>
    </message>
    <message>
        <source>The message bus refuses the connection, so the desktop cannot be told of jobs: %1</source>
        <translation>El bus de mensajes rechaza la conexión, por lo que no se puede informar al escritorio de las tareas: %1</translation>
    </message>
    <message>
        <source>The message bus is gone, so the desktop cannot be told of jobs.</source>
        <translation>El bus de mensajes ha desaparecido, por lo que no se puede informar al escritorio de las tareas.</translation>
    </message>
</context>
<context>
    <name>stepwire::SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>Preferencias</translation>
    </message>
    <message>
        <source>&amp;General</source>
        <translation>&amp;General</translation>
    </message>
    <message>
        <source>N&amp;otifications</source>
        <translation>&amp;Notificaciones</translation>
    </message>
    <message>
        <source>&amp;Network</source>
        <translation>&amp;Red</translation>
    </message>
    <message>
        <source>&amp;History</source>
        <translation>&amp;Historial</translation>
    </message>
    <message>
        <source>&amp;Start with the session</source>
        <translation>&amp;Iniciar con la sesión</translation>
    </message>
    <message>
        <source>Start h&amp;idden in the tray</source>
        <translation>Iniciar &amp;oculto en la bandeja</translation>
    </message>
    <message>
        <source>Keep running in the &amp;tray when the window is closed</source>
        <translation>Seguir en la &amp;bandeja al cerrar la ventana</translation>
    </message>
    <message>
        <source>Run &amp;jobs in a process of their own</source>
        <translation>Ejecutar las &amp;tareas en un proceso propio</translation>
    </message>
    <message>
        <source>They go on when Stepwire is quit. Counts from the next start.</source>
        <translation>Continúan al salir de Stepwire. Tiene efecto en el próximo inicio.</translation>
    </message>
    <message>
        <source>&amp;Colours:</source>
        <translation>Co&amp;lores:</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Como el sistema</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Claro</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Oscuro</translation>
    </message>
    <message>
        <source>&amp;Language:</source>
        <translation>I&amp;dioma:</translation>
    </message>
    <message>
        <source>Another language counts from the next start.</source>
        <translation>El cambio de idioma tiene efecto en el próximo inicio.</translation>
    </message>
    <message>
        <source>Tell when a job has &amp;ended</source>
        <translation>Avisar cuando termine una &amp;tarea</translation>
    </message>
    <message>
        <source>Show the &amp;progress of running jobs</source>
        <translation>Mostrar el &amp;progreso de las tareas en ejecución</translation>
    </message>
    <message>
        <source>In a notification, where the desktop does not show jobs by itself.</source>
        <translation>En una notificación, donde el escritorio no muestre las tareas por sí mismo.</translation>
    </message>
    <message>
        <source> s</source>
        <comment>seconds, behind a number</comment>
        <translation> s</translation>
    </message>
    <message>
        <source>However short</source>
        <translation>Sea cual sea la duración</translation>
    </message>
    <message>
        <source>Only for jobs that take at &amp;least:</source>
        <translation>Solo para tareas que duren al &amp;menos:</translation>
    </message>
    <message>
        <source>Jobs that fail are told however short they were.</source>
        <translation>De los fallos se avisa siempre, por breve que fuera la tarea.</translation>
    </message>
    <message>
        <source>Not while the &amp;window is in front</source>
        <translation>No mientras la &amp;ventana esté en primer plano</translation>
    </message>
    <message>
        <source>No s&amp;uspend while a job runs</source>
        <translation>No s&amp;uspender el equipo mientras se ejecute una tarea</translation>
    </message>
    <message>
        <source>Show the jobs of &amp;file managers</source>
        <translation>Mostrar las tareas de los gestores de &amp;archivos</translation>
    </message>
    <message>
        <source>Where the desktop has no place for them itself.</source>
        <translation>Donde el escritorio no tenga un lugar propio para ellas.</translation>
    </message>
    <message>
        <source>Pipelines that are tol&amp;d of:</source>
        <translation>Pipelines de los que se avi&amp;sa:</translation>
    </message>
    <message>
        <source>Pipelines that are told of</source>
        <translation>Pipelines de los que se avisa</translation>
    </message>
    <message>
        <source>none</source>
        <translation>ninguno</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Elegir…</translation>
    </message>
    <message>
        <source>What is changed here counts when the hub is started again.</source>
        <translation>Los cambios hechos aquí tienen efecto cuando el hub se inicie de nuevo.</translation>
    </message>
    <message>
        <source>&amp;Serve the page and other programs</source>
        <translation>&amp;Servir la página y otros programas</translation>
    </message>
    <message>
        <source>&amp;Address and port:</source>
        <translation>&amp;Dirección y puerto:</translation>
    </message>
    <message>
        <source>127.0.0.1 is this machine alone; with 0.0.0.0 others reach it too, then give it a certificate.</source>
        <translation>127.0.0.1 es solo este equipo; con 0.0.0.0 también acceden otros: indique entonces un certificado.</translation>
    </message>
    <message>
        <source>&amp;Certificate:</source>
        <translation>Certi&amp;ficado:</translation>
    </message>
    <message>
        <source>Choose a certificate</source>
        <translation>Elegir un certificado</translation>
    </message>
    <message>
        <source>Its &amp;key:</source>
        <translation>Su c&amp;lave:</translation>
    </message>
    <message>
        <source>Choose the key of the certificate</source>
        <translation>Elegir la clave del certificado</translation>
    </message>
    <message>
        <source>A certificate and its key count together: give the other one too.</source>
        <translation>Un certificado y su clave van juntos: indique también el otro.</translation>
    </message>
    <message>
        <source>made when the hub starts</source>
        <translation>se crea al iniciar el hub</translation>
    </message>
    <message>
        <source>Sho&amp;w</source>
        <translation>&amp;Mostrar</translation>
    </message>
    <message>
        <source>Show the token</source>
        <translation>Mostrar el token</translation>
    </message>
    <message>
        <source>Co&amp;py</source>
        <translation>Co&amp;piar</translation>
    </message>
    <message>
        <source>Copy the token</source>
        <translation>Copiar el token</translation>
    </message>
    <message>
        <source>&amp;Token:</source>
        <translation>&amp;Token:</translation>
    </message>
    <message>
        <source>Who has it can start and cancel jobs.</source>
        <translation>Quien lo tenga puede iniciar y cancelar tareas.</translation>
    </message>
    <message>
        <source>Op&amp;en the page</source>
        <translation>A&amp;brir la página</translation>
    </message>
    <message>
        <source>Page:</source>
        <translation>Página:</translation>
    </message>
    <message>
        <source>Address of the page</source>
        <translation>Dirección de la página</translation>
    </message>
    <message>
        <source>The token is in the clipboard.</source>
        <translation>El token está en el portapapeles.</translation>
    </message>
    <message>
        <source>%1 cannot be opened: there is no browser</source>
        <translation>No se puede abrir %1: no hay ningún navegador</translation>
    </message>
    <message>
        <source> days</source>
        <comment>behind a number</comment>
        <translation> días</translation>
    </message>
    <message>
        <source>Never</source>
        <comment>forget ended jobs</comment>
        <translation>Nunca</translation>
    </message>
    <message>
        <source>&amp;Forget ended jobs after:</source>
        <translation>&amp;Olvidar las tareas terminadas tras:</translation>
    </message>
    <message>
        <source> GiB</source>
        <comment>behind a number</comment>
        <translation> GiB</translation>
    </message>
    <message>
        <source>No limit</source>
        <translation>Sin límite</translation>
    </message>
    <message>
        <source>&amp;Most space for output:</source>
        <translation>Espacio &amp;máximo para las salidas:</translation>
    </message>
    <message>
        <source>Most &amp;ended jobs:</source>
        <translation>Máximo de &amp;tareas terminadas:</translation>
    </message>
    <message>
        <source>not served now</source>
        <translation>no se sirve ahora</translation>
    </message>
    <message>
        <source>Pages of the settings</source>
        <translation>Páginas de los ajustes</translation>
    </message>
    <message>
        <source>Othe&amp;r hosts</source>
        <translation>Otros &amp;equipos</translation>
    </message>
</context>
<context>
    <name>stepwire::SettingsFile</name>
    <message>
        <source>%1 cannot be read: %2</source>
        <translation>%1 no se puede leer: %2</translation>
    </message>
    <message>
        <source>%1 is larger than 1 MiB, change it by hand</source>
        <translation>%1 supera 1&#xa0;MiB, modifíquelo a mano</translation>
    </message>
    <message>
        <source>folder %1 cannot be made</source>
        <translation>no se puede crear la carpeta %1</translation>
    </message>
    <message>
        <source>%1 cannot be written: %2</source>
        <translation>%1 no se puede escribir: %2</translation>
    </message>
</context>
<context>
    <name>stepwire::SourceForm</name>
    <message>
        <source>Add a server</source>
        <translation>Añadir un servidor</translation>
    </message>
    <message>
        <source>Kind of server</source>
        <translation>Tipo de servidor</translation>
    </message>
    <message>
        <source>&amp;Kind:</source>
        <translation>&amp;Tipo:</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>&amp;Nombre:</translation>
    </message>
    <message>
        <source>What it is called here.</source>
        <translation>Cómo se llama aquí.</translation>
    </message>
</context>
<context>
    <name>stepwire::StepsModel</name>
    <message>
        <source>Step</source>
        <translation>Paso</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>Duración</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Progreso</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notas</translation>
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
        <translation>intento %1</translation>
    </message>
    <message>
        <source>again in %1</source>
        <comment>a duration</comment>
        <translation>de nuevo en %1</translation>
    </message>
    <message>
        <source>starts again</source>
        <translation>se inicia de nuevo</translation>
    </message>
    <message>
        <source>after %1</source>
        <comment>names of steps</comment>
        <translation>después de %1</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>quiet for %1</source>
        <translation>sin actividad desde hace %1</translation>
    </message>
    <message>
        <source>no progress known</source>
        <translation>progreso desconocido</translation>
    </message>
    <message>
        <source>no time yet</source>
        <translation>aún sin duración</translation>
    </message>
    <message>
        <source>nothing to note</source>
        <translation>nada que anotar</translation>
    </message>
    <message>
        <source>no time of its own</source>
        <translation>sin duración propia</translation>
    </message>
</context>
<context>
    <name>stepwire::StepsView</name>
    <message>
        <source>Steps</source>
        <translation>Pasos</translation>
    </message>
</context>
<context>
    <name>stepwire::SuspendInhibitor</name>
    <message>
        <source>Jobs are running</source>
        <translation>Hay tareas en ejecución</translation>
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
        <translation>Cronología</translation>
    </message>
    <message>
        <source>started after %1</source>
        <comment>a duration</comment>
        <translation>iniciado tras %1</translation>
    </message>
    <message>
        <source>runs for %1</source>
        <comment>a duration</comment>
        <translation>en ejecución desde hace %1</translation>
    </message>
    <message>
        <source>ran for %1</source>
        <comment>a duration</comment>
        <translation>duró %1</translation>
    </message>
    <message>
        <source>waited %1</source>
        <comment>a duration</comment>
        <translation>esperó %1</translation>
    </message>
    <message>
        <source>has waited %1</source>
        <comment>a duration</comment>
        <translation>espera desde hace %1</translation>
    </message>
    <message>
        <source>on the critical path</source>
        <translation>en la ruta crítica</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a line</comment>
        <translation>, </translation>
    </message>
    <message>
        <source>No step has started yet.</source>
        <translation>Aún no se ha iniciado ningún paso.</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>en espera</translation>
    </message>
    <message>
        <source>critical path</source>
        <translation>ruta crítica</translation>
    </message>
</context>
<context>
    <name>stepwire::Tray</name>
    <message>
        <source>&amp;Run a Pipeline…</source>
        <translation>&amp;Ejecutar un pipeline…</translation>
    </message>
    <message>
        <source>&amp;Pause the Queue</source>
        <translation>&amp;Pausar la cola</translation>
    </message>
    <message>
        <source>R&amp;elease the Queue</source>
        <translation>&amp;Liberar la cola</translation>
    </message>
    <message>
        <source>&amp;Show Window</source>
        <translation>&amp;Mostrar la ventana</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Salir</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>Conectando…</translation>
    </message>
    <message>
        <source>No connection to the hub</source>
        <translation>Sin conexión con el hub</translation>
    </message>
    <message>
        <source>No connection to the hub: %1</source>
        <translation>Sin conexión con el hub: %1</translation>
    </message>
    <message>
        <source>Nothing is running</source>
        <translation>Nada en ejecución</translation>
    </message>
    <message numerus="yes">
        <source>Nothing is running, %n in the queue</source>
        <translation>
            <numerusform>Nada en ejecución, %n en la cola</numerusform>
            <numerusform>Nada en ejecución, %n en la cola</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>y %n más</numerusform>
            <numerusform>y %n más</numerusform>
        </translation>
    </message>
    <message>
        <source>Stepwire</source>
        <translation>Stepwire</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>&amp;Reanudar</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Pausar</translation>
    </message>
    <message>
        <source>&amp;Show</source>
        <translation>&amp;Mostrar</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Cancelar</translation>
    </message>
    <message>
        <source>Holds the jobs that wait now; those that come later start as ever</source>
        <translation>Retiene las tareas que esperan ahora; las posteriores se inician como siempre</translation>
    </message>
</context>
<context>
    <name>stepwire::WelcomePage</name>
    <message>
        <source>Run the &amp;Sample</source>
        <translation>Ejecutar el &amp;ejemplo</translation>
    </message>
    <message>
        <source>A pipeline of three steps that takes about three seconds</source>
        <translation>Un pipeline de tres pasos que tarda unos tres segundos</translation>
    </message>
    <message>
        <source>&amp;Wrap a Command…</source>
        <translation>Ejecutar una &amp;orden…</translation>
    </message>
    <message>
        <source>Any program becomes a job with progress, output and history</source>
        <translation>Cualquier programa se convierte en una tarea con progreso, salida e historial</translation>
    </message>
    <message>
        <source>Run a &amp;Pipeline…</source>
        <translation>Ejecutar un &amp;pipeline…</translation>
    </message>
    <message>
        <source>Choose a pipeline and what it works on</source>
        <translation>Elegir un pipeline y sobre qué trabaja</translation>
    </message>
    <message>
        <source>Or put this before any command in a &amp;terminal:</source>
        <translation>O ponga esto delante de cualquier orden en un termi&amp;nal:</translation>
    </message>
    <message>
        <source>Command for a terminal</source>
        <translation>Orden para un terminal</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Copiar</translation>
    </message>
    <message>
        <source>Copies the command for a terminal</source>
        <translation>Copia la orden para un terminal</translation>
    </message>
    <message>
        <source>One moment</source>
        <translation>Un momento</translation>
    </message>
    <message>
        <source>Stepwire is looking for its hub, the part that runs jobs.</source>
        <translation>Stepwire está buscando su hub, la parte que ejecuta las tareas.</translation>
    </message>
    <message>
        <source>No jobs yet</source>
        <translation>Aún no hay tareas</translation>
    </message>
    <message>
        <source>A job is a command, or several in the right order. Start one here and watch it.</source>
        <translation>Una tarea es una orden, o varias en el orden correcto. Inicie una aquí y siga su avance.</translation>
    </message>
    <message>
        <source>The hub is not there</source>
        <translation>El hub no está disponible</translation>
    </message>
    <message>
        <source>It is the part of Stepwire that runs jobs. This page comes to life when it is back.</source>
        <translation>Es la parte de Stepwire que ejecuta las tareas. Esta página volverá a la vida cuando regrese.</translation>
    </message>
    <message>
        <source>It is the part of Stepwire that runs jobs. This page comes to life when it is back. The last that was heard: %1</source>
        <translation>Es la parte de Stepwire que ejecuta las tareas. Esta página volverá a la vida cuando regrese. Lo último que se supo: %1</translation>
    </message>
    <message>
        <source>The sample was not started: %1</source>
        <translation>No se inició el ejemplo: %1</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Copiado</translation>
    </message>
    <message>
        <source>Add a H&amp;ost…</source>
        <translation>Añadir un e&amp;quipo…</translation>
    </message>
    <message>
        <source>Jobs of another machine are shown here, too</source>
        <translation>Las tareas de otro equipo también se muestran aquí</translation>
    </message>
</context>
</TS>
