<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_GB" sourcelanguage="en_GB">
<context>
    <name>AnswerRecord</name>
    <message numerus="yes">
        <source>cut at %Ln token(s)</source>
        <translation>
            <numerusform>cut at %Ln token</numerusform>
            <numerusform>cut at %Ln tokens</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Labels</name>
    <message numerus="yes">
        <source>%n patch(es)</source>
        <translation>
            <numerusform>%n patch</numerusform>
            <numerusform>%n patches</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n region(s)</source>
        <translation>
            <numerusform>%n region</numerusform>
            <numerusform>%n regions</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::AlignPage</name>
    <message numerus="yes">
        <source>%n sample pair(s) of picture and caption</source>
        <translation>
            <numerusform>%n sample pair of picture and caption</numerusform>
            <numerusform>%n sample pairs of picture and caption</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n pair(s) in %1</source>
        <translation>
            <numerusform>%n pair in %1</numerusform>
            <numerusform>%n pairs in %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n pair(s); a projection that knows nothing has a loss of %1</source>
        <translation>
            <numerusform>%n pair; a projection that knows nothing has a loss of %1</numerusform>
            <numerusform>%n pairs; a projection that knows nothing has a loss of %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::AtlasMenus</name>
    <message numerus="yes">
        <source>%n cluster(s)</source>
        <translation>
            <numerusform>%n cluster</numerusform>
            <numerusform>%n clusters</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::AtlasView</name>
    <message numerus="yes">
        <source>similarity to %n patch(es)</source>
        <translation>
            <numerusform>similarity to %n patch</numerusform>
            <numerusform>similarity to %n patches</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::Composer</name>
    <message numerus="yes">
        <source> · %Ln token(s)</source>
        <translation>
            <numerusform> · %Ln token</numerusform>
            <numerusform> · %Ln tokens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln token(s) · %1 left</source>
        <translation>
            <numerusform>%Ln token · %1 left</numerusform>
            <numerusform>%Ln tokens · %1 left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln token(s) · %1 too many for the model</source>
        <translation>
            <numerusform>%Ln token · %1 too many for the model</numerusform>
            <numerusform>%Ln tokens · %1 too many for the model</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::FramesPage</name>
    <message numerus="yes">
        <source>Computing the maps of %n frame(s)</source>
        <translation>
            <numerusform>Computing the maps of %n frame</numerusform>
            <numerusform>Computing the maps of %n frames</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::NoticeBar</name>
    <message numerus="yes">
        <source>… and %n more</source>
        <translation>
            <numerusform>… and %n more</numerusform>
            <numerusform>… and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::PictureIntake</name>
    <message numerus="yes">
        <source>Opened the first %1 of %n picture(s). Open the others in smaller groups.</source>
        <translation>
            <numerusform>Opened the first %1 of %n picture. Open the others in smaller groups.</numerusform>
            <numerusform>Opened the first %1 of %n pictures. Open the others in smaller groups.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Opened the first of %n video(s); one can be open at a time.</source>
        <translation>
            <numerusform>Opened the first of %n video; one can be open at a time.</numerusform>
            <numerusform>Opened the first of %n videos; one can be open at a time.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::TranscriptView</name>
    <message numerus="yes">
        <source> · %Ln token(s)</source>
        <translation>
            <numerusform> · %Ln token</numerusform>
            <numerusform> · %Ln tokens</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::VideoBar</name>
    <message numerus="yes">
        <source>This rule marks %n frame(s); at most %1 can be marked. Choose a longer time or a larger change.</source>
        <translation>
            <numerusform>This rule marks %n frame; at most %1 can be marked. Choose a longer time or a larger change.</numerusform>
            <numerusform>This rule marks %n frames; at most %1 can be marked. Choose a longer time or a larger change.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n marked</source>
        <translation>
            <numerusform>%n marked</numerusform>
            <numerusform>%n marked</numerusform>
        </translation>
    </message>
</context>
</TS>
