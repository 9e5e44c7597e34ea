<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>NotificationPolicy</name>
    <message numerus="yes">
        <source>%1 of %n jobs</source>
        <translation>
            <numerusform>%1 of %n job</numerusform>
            <numerusform>%1 of %n jobs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n failed</source>
        <translation>
            <numerusform>%n failed</numerusform>
            <numerusform>%n failed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n succeeded</source>
        <translation>
            <numerusform>%n succeeded</numerusform>
            <numerusform>%n succeeded</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cancelled</source>
        <translation>
            <numerusform>%n cancelled</numerusform>
            <numerusform>%n cancelled</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n skipped</source>
        <translation>
            <numerusform>%n skipped</numerusform>
            <numerusform>%n skipped</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n jobs on %1 finished</source>
        <translation>
            <numerusform>%n job on %1 finished</numerusform>
            <numerusform>%n jobs on %1 finished</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n jobs finished</source>
        <translation>
            <numerusform>%n job finished</numerusform>
            <numerusform>%n jobs finished</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 and %n more</source>
        <translation>
            <numerusform>%1 and %n more</numerusform>
            <numerusform>%1 and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message numerus="yes">
        <source>%n days ago</source>
        <translation>
            <numerusform>%n day ago</numerusform>
            <numerusform>%n days ago</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::BackgroundStatus</name>
    <message numerus="yes">
        <source>%n jobs</source>
        <translation>
            <numerusform>%n job</numerusform>
            <numerusform>%n jobs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::DesktopApp</name>
    <message numerus="yes">
        <source>%n jobs are running in this program.</source>
        <translation>
            <numerusform>%n job is running in this program.</numerusform>
            <numerusform>%n jobs are running in this program.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more wait. When the others have ended these go on without the window; after a cancel they are held.</source>
        <translation>
            <numerusform>%n more waits. When the others have ended it goes on without the window; after a cancel it is held.</numerusform>
            <numerusform>%n more wait. When the others have ended these go on without the window; after a cancel they are held.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>No hub could take over what waits: %n jobs stay held.</source>
        <translation>
            <numerusform>No hub could take over what waits: %n job stays held.</numerusform>
            <numerusform>No hub could take over what waits: %n jobs stay held.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::JobActions</name>
    <message numerus="yes">
        <source>%n waiting jobs are held, what comes next is not</source>
        <translation>
            <numerusform>%n waiting job is held, what comes next is not</numerusform>
            <numerusform>%n waiting jobs are held, what comes next is not</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::JobListModel</name>
    <message numerus="yes">
        <source>%1, %n jobs</source>
        <comment>a group of jobs</comment>
        <translation>
            <numerusform>%1, %n job</numerusform>
            <numerusform>%1, %n jobs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::MainWindow</name>
    <message numerus="yes">
        <source>%n running</source>
        <translation>
            <numerusform>%n running</numerusform>
            <numerusform>%n running</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n waiting</numerusform>
            <numerusform>%n waiting</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>● %n hosts</source>
        <comment>connected</comment>
        <translation>
            <numerusform>● %n host</numerusform>
            <numerusform>● %n hosts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>◌ %n lost</source>
        <comment>hosts</comment>
        <translation>
            <numerusform>◌ %n lost</numerusform>
            <numerusform>◌ %n lost</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::OutputPane</name>
    <message numerus="yes">
        <source>%n earlier line(s) not shown</source>
        <translation>
            <numerusform>%n earlier line not shown</numerusform>
            <numerusform>%n earlier lines not shown</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::OutputView</name>
    <message numerus="yes">
        <source>%n match(es)</source>
        <translation>
            <numerusform>%n match</numerusform>
            <numerusform>%n matches</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::RunDialog</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>stepwire::Tray</name>
    <message numerus="yes">
        <source>Nothing is running, %n in the queue</source>
        <translation>
            <numerusform>Nothing is running, %n in the queue</numerusform>
            <numerusform>Nothing is running, %n in the queue</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
</context>
</TS>
