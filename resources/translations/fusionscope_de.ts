<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en_GB">
<context>
    <name>AnswerRecord</name>
    <message>
        <source>%1 s to first word</source>
        <translation>%L1 s bis zum ersten Wort</translation>
    </message>
    <message>
        <source>%1 tok/s</source>
        <translation>%1 Tok/s</translation>
    </message>
    <message numerus="yes">
        <source>cut at %Ln token(s)</source>
        <translation>
            <numerusform>nach %Ln Token abgeschnitten</numerusform>
            <numerusform>nach %Ln Tokens abgeschnitten</numerusform>
        </translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>unterbrochen</translation>
    </message>
</context>
<context>
    <name>AnswerWords</name>
    <message>
        <source>next best %1</source>
        <translation>nächstbeste: %1</translation>
    </message>
    <message>
        <source>at %1 %2, next best %3</source>
        <translation>bei %1 %2, nächstbeste: %3</translation>
    </message>
</context>
<context>
    <name>Labels</name>
    <message>
        <source>image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>caption</source>
        <translation>Caption</translation>
    </message>
    <message>
        <source>OCR</source>
        <translation>OCR</translation>
    </message>
    <message>
        <source>grounding</source>
        <translation>Grounding</translation>
    </message>
    <message>
        <source>fused</source>
        <translation>fusioniert</translation>
    </message>
    <message>
        <source>language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>describe in detail</source>
        <translation>ausführlich beschreiben</translation>
    </message>
    <message>
        <source>text with regions</source>
        <translation>Text mit Bereichen</translation>
    </message>
    <message>
        <source>regions and labels</source>
        <translation>Bereiche und Namen</translation>
    </message>
    <message>
        <source>depth and breadth</source>
        <translation>Tiefe und Breite</translation>
    </message>
    <message>
        <source>with the question</source>
        <translation>mit der Frage</translation>
    </message>
    <message>
        <source>stage %1</source>
        <translation>Stufe %1</translation>
    </message>
    <message>
        <source>layer %1</source>
        <translation>Schicht %1</translation>
    </message>
    <message>
        <source>proj %1</source>
        <translation>Proj %1</translation>
    </message>
    <message>
        <source>enc %1</source>
        <translation>Enc %1</translation>
    </message>
    <message>
        <source>PCA colours</source>
        <translation>PCA-Farben</translation>
    </message>
    <message>
        <source>PCA of the foreground</source>
        <translation>PCA des Vordergrunds</translation>
    </message>
    <message>
        <source>Similarity to patches</source>
        <translation>Ähnlichkeit zu Patches</translation>
    </message>
    <message>
        <source>Norm</source>
        <translation>Norm</translation>
    </message>
    <message>
        <source>One channel</source>
        <translation>Einzelner Kanal</translation>
    </message>
    <message>
        <source>Clusters</source>
        <translation>Cluster</translation>
    </message>
    <message>
        <source>cosine similarity</source>
        <translation>Kosinusähnlichkeit</translation>
    </message>
    <message>
        <source>L2 norm</source>
        <translation>L2-Norm</translation>
    </message>
    <message>
        <source>activation</source>
        <translation>Aktivierung</translation>
    </message>
    <message>
        <source>only shown</source>
        <translation>nur gezeigt</translation>
    </message>
    <message>
        <source>the language model</source>
        <translation>das Sprachmodell</translation>
    </message>
    <message>
        <source>fusion/concat channels %1–%2</source>
        <translation>fusion/concat, Kanäle %1–%2</translation>
    </message>
    <message>
        <source>cluster %1</source>
        <translation>Cluster %1</translation>
    </message>
    <message>
        <source>tiles</source>
        <translation>Kacheln</translation>
    </message>
    <message>
        <source>language, tiles</source>
        <translation>Sprache, Kacheln</translation>
    </message>
    <message>
        <source>for the language model</source>
        <translation>für das Sprachmodell</translation>
    </message>
    <message>
        <source>joined in their places</source>
        <translation>an ihren Plätzen vereint</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>all blocks</source>
        <translation>alle Blöcke</translation>
    </message>
    <message numerus="yes">
        <source>%n patch(es)</source>
        <translation>
            <numerusform>%n Patch</numerusform>
            <numerusform>%n Patches</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n region(s)</source>
        <translation>
            <numerusform>%n Bereich</numerusform>
            <numerusform>%n Bereiche</numerusform>
        </translation>
    </message>
    <message>
        <source>channels %1–%2</source>
        <translation>Kanäle %1–%2</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>Mittelwert</translation>
    </message>
    <message>
        <source>other picture</source>
        <translation>anderes Bild</translation>
    </message>
</context>
<context>
    <name>Pictures</name>
    <message>
        <source>cannot be read: %1</source>
        <translation>lässt sich nicht lesen: %1</translation>
    </message>
    <message>
        <source>is larger than 512 MB</source>
        <translation>ist größer als 512 MB</translation>
    </message>
    <message>
        <source>Open a smaller version of the picture.</source>
        <translation>Eine kleinere Fassung des Bildes öffnen.</translation>
    </message>
    <message>
        <source>has changed since it was opened</source>
        <translation>hat sich seit dem Öffnen verändert</translation>
    </message>
    <message>
        <source>Open it again.</source>
        <translation>Erneut öffnen.</translation>
    </message>
</context>
<context>
    <name>Progress</name>
    <message>
        <source>Answering</source>
        <translation>Antwort wird erzeugt</translation>
    </message>
    <message>
        <source>Comparing neighbours</source>
        <translation>Nachbarn werden verglichen</translation>
    </message>
    <message>
        <source>Converting</source>
        <translation>Umwandlung läuft</translation>
    </message>
    <message>
        <source>Encoding picture %1 of %2</source>
        <translation>Bild %1 von %2 wird kodiert</translation>
    </message>
    <message>
        <source>Encoding the other picture</source>
        <translation>Das andere Bild wird kodiert</translation>
    </message>
    <message>
        <source>Encoding the picture</source>
        <translation>Bild wird kodiert</translation>
    </message>
    <message>
        <source>Hashing %1</source>
        <translation>Prüfsumme von %1 wird berechnet</translation>
    </message>
    <message>
        <source>Loading %1</source>
        <translation>%1 wird geladen</translation>
    </message>
    <message>
        <source>Reading caption %1 of %2</source>
        <translation>Bildunterschrift %1 von %2 wird gelesen</translation>
    </message>
    <message>
        <source>Reading stored options</source>
        <translation>Gespeicherte Optionen werden gelesen</translation>
    </message>
    <message>
        <source>Reading the processor</source>
        <translation>Prozessor-Einstellungen werden gelesen</translation>
    </message>
    <message>
        <source>Reading the prompt</source>
        <translation>Prompt wird gelesen</translation>
    </message>
    <message>
        <source>Reading the text</source>
        <translation>Text wird gelesen</translation>
    </message>
    <message>
        <source>Reading the tokenizer</source>
        <translation>Tokenizer wird gelesen</translation>
    </message>
    <message>
        <source>Reading the weights</source>
        <translation>Gewichte werden gelesen</translation>
    </message>
    <message>
        <source>Reading the weights&apos; headers</source>
        <translation>Kopfdaten der Gewichte werden gelesen</translation>
    </message>
    <message>
        <source>Scoring the answer</source>
        <translation>Antwort wird bewertet</translation>
    </message>
    <message>
        <source>Switching off %1</source>
        <translation>%1 wird ausgeschaltet</translation>
    </message>
    <message>
        <source>Tracing</source>
        <translation>Aktivierungen werden aufgezeichnet</translation>
    </message>
    <message>
        <source>Training %1, seed %2 of %3</source>
        <translation>Training %1, Seed %2 von %3</translation>
    </message>
</context>
<context>
    <name>Regions</name>
    <message>
        <source>the region lies outside of the picture</source>
        <translation>Der Bereich liegt außerhalb des Bildes</translation>
    </message>
    <message>
        <source>Mark another region.</source>
        <translation>Einen anderen Bereich markieren.</translation>
    </message>
</context>
<context>
    <name>Tasks</name>
    <message>
        <source>Caption</source>
        <translation>Bildbeschreibung</translation>
    </message>
    <message>
        <source>Detailed caption</source>
        <translation>Ausführliche Bildbeschreibung</translation>
    </message>
    <message>
        <source>More detailed caption</source>
        <translation>Noch ausführlichere Bildbeschreibung</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>Text with its places</source>
        <translation>Text mit seinen Stellen</translation>
    </message>
    <message>
        <source>Objects</source>
        <translation>Objekte</translation>
    </message>
    <message>
        <source>Described regions</source>
        <translation>Beschriebene Bereiche</translation>
    </message>
    <message>
        <source>Region proposals</source>
        <translation>Bereichsvorschläge</translation>
    </message>
    <message>
        <source>Find phrases of a caption</source>
        <translation>Satzteile einer Beschreibung finden</translation>
    </message>
    <message>
        <source>Find things by name</source>
        <translation>Dinge nach Namen finden</translation>
    </message>
    <message>
        <source>Outline what is described</source>
        <translation>Beschriebenes umreißen</translation>
    </message>
    <message>
        <source>Outline the region&apos;s thing</source>
        <translation>Ding im Bereich umreißen</translation>
    </message>
    <message>
        <source>What is in the region</source>
        <translation>Was im Bereich ist</translation>
    </message>
    <message>
        <source>Describe the region</source>
        <translation>Bereich beschreiben</translation>
    </message>
    <message>
        <source>Text in the region</source>
        <translation>Text im Bereich</translation>
    </message>
    <message>
        <source>Regions found: %1</source>
        <translation>Gefundene Bereiche: %1</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::AblatePage</name>
    <message>
        <source>Ask about a picture: here its answer is made again without parts of what the model sees.</source>
        <translation>Etwas zu einem Bild fragen: Hier entsteht die Antwort noch einmal, ohne Teile dessen, was das Modell sieht.</translation>
    </message>
    <message>
        <source>Written: %1</source>
        <translation>Geschrieben: %1</translation>
    </message>
    <message>
        <source>whole picture</source>
        <translation>ganzes Bild</translation>
    </message>
    <message>
        <source>selected patches</source>
        <translation>ausgewählte Patches</translation>
    </message>
    <message>
        <source>last marked region</source>
        <translation>zuletzt markierter Bereich</translation>
    </message>
    <message>
        <source>Where it is switched off</source>
        <translation>Wo ausgeschaltet wird</translation>
    </message>
    <message>
        <source>zero</source>
        <translation>Null</translation>
    </message>
    <message>
        <source>the mean</source>
        <translation>Mittelwert</translation>
    </message>
    <message>
        <source>another picture</source>
        <translation>anderes Bild</translation>
    </message>
    <message>
        <source>What stands for it</source>
        <translation>Was an seine Stelle tritt</translation>
    </message>
    <message>
        <source>The other picture</source>
        <translation>Das andere Bild</translation>
    </message>
    <message>
        <source>First channel</source>
        <translation>Erster Kanal</translation>
    </message>
    <message>
        <source>first</source>
        <translation>erster</translation>
    </message>
    <message>
        <source>Last channel</source>
        <translation>Letzter Kanal</translation>
    </message>
    <message>
        <source>last</source>
        <translation>letzter</translation>
    </message>
    <message>
        <source>Switch off</source>
        <translation>Ausschalten</translation>
    </message>
    <message>
        <source>Sweep all parts</source>
        <translation>Alle Teile durchgehen</translation>
    </message>
    <message>
        <source>parts</source>
        <translation>Teile</translation>
    </message>
    <message>
        <source>where</source>
        <translation>wo</translation>
    </message>
    <message>
        <source>channels</source>
        <translation>Kanäle</translation>
    </message>
    <message>
        <source>replaced by</source>
        <translation>ersetzt durch</translation>
    </message>
    <message>
        <source>Original answer</source>
        <translation>Ursprüngliche Antwort</translation>
    </message>
    <message>
        <source>Answer without the part</source>
        <translation>Antwort ohne den Teil</translation>
    </message>
    <message>
        <source>log-probability of the original answer, word by word: what each word lost or gained</source>
        <translation>Log-Wahrscheinlichkeit der ursprünglichen Antwort, Wort für Wort: was jedes Wort verloren oder gewonnen hat</translation>
    </message>
    <message>
        <source>Answers without each part</source>
        <translation>Antworten ohne jeden der Teile</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Export the ablation</source>
        <translation>Ablation exportieren</translation>
    </message>
    <message>
        <source>Table (CSV)…</source>
        <translation>Tabelle (CSV)…</translation>
    </message>
    <message>
        <source>Everything (JSON)…</source>
        <translation>Alles (JSON)…</translation>
    </message>
    <message>
        <source>Plot as picture (PNG)…</source>
        <translation>Diagramm als Bild (PNG)…</translation>
    </message>
    <message>
        <source>Plot as page (PDF)…</source>
        <translation>Diagramm als Seite (PDF)…</translation>
    </message>
    <message>
        <source>Copy the command line that repeats this</source>
        <translation>Befehlszeile kopieren, die das wiederholt</translation>
    </message>
    <message>
        <source>original answer</source>
        <translation>ursprüngliche Antwort</translation>
    </message>
    <message>
        <source>no region is marked</source>
        <translation>Es ist kein Bereich markiert</translation>
    </message>
    <message>
        <source>Draw a box round a part of the picture.</source>
        <translation>Ein Rechteck um einen Teil des Bildes ziehen.</translation>
    </message>
    <message>
        <source>no patch is selected</source>
        <translation>Es ist kein Patch ausgewählt</translation>
    </message>
    <message>
        <source>Click a patch of the picture or of a map.</source>
        <translation>Auf einen Patch des Bildes oder einer Karte klicken.</translation>
    </message>
    <message>
        <source>the channels are no range</source>
        <translation>Die Kanäle sind kein gültiger Bereich</translation>
    </message>
    <message>
        <source>Give a first and a last channel, or neither.</source>
        <translation>Einen ersten und einen letzten Kanal angeben, oder keinen von beiden.</translation>
    </message>
    <message>
        <source>there is no other picture</source>
        <translation>Es gibt kein anderes Bild</translation>
    </message>
    <message>
        <source>Open one.</source>
        <translation>Eines öffnen.</translation>
    </message>
    <message>
        <source>Switching off each part</source>
        <translation>Jeder Teil wird ausgeschaltet</translation>
    </message>
    <message>
        <source>Answering without a part</source>
        <translation>Antwort ohne einen Teil wird erzeugt</translation>
    </message>
    <message>
        <source>original answer   log p %1</source>
        <translation>ursprüngliche Antwort   log p %1</translation>
    </message>
    <message>
        <source>without %1   log p of the original %2 (%3)</source>
        <translation>ohne %1   log p der ursprünglichen %2 (%3)</translation>
    </message>
    <message>
        <source>(end)</source>
        <translation>(Ende)</translation>
    </message>
    <message>
        <source>Exporting %1</source>
        <translation>%1 wird exportiert</translation>
    </message>
    <message>
        <source>Export the plot</source>
        <translation>Diagramm exportieren</translation>
    </message>
    <message>
        <source>%1 cannot be written. Choose another folder.</source>
        <translation>%1 lässt sich nicht schreiben. Bitte einen anderen Ordner wählen.</translation>
    </message>
    <message>
        <source>Copied: %1</source>
        <translation>Kopiert: %1</translation>
    </message>
    <message>
        <source>Change of the original answer&apos;s log-probability without each part</source>
        <translation>Änderung der Log-Wahrscheinlichkeit der ursprünglichen Antwort ohne jeden der Teile</translation>
    </message>
    <message>
        <source>change of log p</source>
        <translation>Änderung von log p</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::AblationTable</name>
    <message>
        <source>the same</source>
        <translation>dieselbe</translation>
    </message>
    <message>
        <source>switched off</source>
        <translation>ausgeschaltet</translation>
    </message>
    <message>
        <source>What was switched off</source>
        <translation>Was ausgeschaltet wurde</translation>
    </message>
    <message>
        <source>Δ log p</source>
        <translation>Δ log p</translation>
    </message>
    <message>
        <source>Change of the original answer&apos;s log-probability; negative: the part was needed</source>
        <translation>Änderung der Log-Wahrscheinlichkeit der ursprünglichen Antwort; negativ: der Teil wurde gebraucht</translation>
    </message>
    <message>
        <source>KL / token</source>
        <translation>KL / Token</translation>
    </message>
    <message>
        <source>How far what might have come next has moved, in nats</source>
        <translation>Wie weit sich verschoben hat, was als Nächstes hätte kommen können, in Nat</translation>
    </message>
    <message>
        <source>answer</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>What the model answers without it</source>
        <translation>Was das Modell ohne ihn antwortet</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::AlignPage</name>
    <message>
        <source>steps of training</source>
        <translation>Trainingsschritte</translation>
    </message>
    <message>
        <source>alignment loss (lower is better)</source>
        <translation>Alignment-Loss (niedriger ist besser)</translation>
    </message>
    <message>
        <source>Agreement of each part with text</source>
        <translation>Übereinstimmung jedes Teils mit Text</translation>
    </message>
    <message>
        <source>Written: %1</source>
        <translation>Geschrieben: %1</translation>
    </message>
    <message>
        <source>Choose pictures</source>
        <translation>Bilder wählen</translation>
    </message>
    <message>
        <source>Choose captioned pictures</source>
        <translation>Bilder mit Bildunterschriften wählen</translation>
    </message>
    <message>
        <source>The sample pairs</source>
        <translation>Die mitgelieferten Paare</translation>
    </message>
    <message>
        <source>A folder with captions…</source>
        <translation>Ordner mit Bildunterschriften…</translation>
    </message>
    <message>
        <source>A folder with captions</source>
        <translation>Ordner mit Bildunterschriften</translation>
    </message>
    <message>
        <source>Parts to judge</source>
        <translation>Zu beurteilende Teile</translation>
    </message>
    <message>
        <source>all nine parts</source>
        <translation>alle neun Teile</translation>
    </message>
    <message>
        <source>all, and each left out</source>
        <translation>alle, und jeder weggelassen</translation>
    </message>
    <message>
        <source>all, and each alone</source>
        <translation>alle, und jeder allein</translation>
    </message>
    <message>
        <source>all features only</source>
        <translation>nur alle Merkmale</translation>
    </message>
    <message>
        <source>Steps of each training</source>
        <translation>Schritte je Training</translation>
    </message>
    <message>
        <source>Pairs of one step</source>
        <translation>Paare je Schritt</translation>
    </message>
    <message>
        <source>Trainings of each part</source>
        <translation>Trainings je Teil</translation>
    </message>
    <message>
        <source>Linear layers of the projection</source>
        <translation>Lineare Schichten der Projektion</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Temperatur</translation>
    </message>
    <message>
        <source>Share held out</source>
        <translation>Zurückgehaltener Anteil</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Starten</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Curves to show</source>
        <translation>Gezeigte Kurven</translation>
    </message>
    <message>
        <source>training loss</source>
        <translation>Trainings-Loss</translation>
    </message>
    <message>
        <source>held-out loss</source>
        <translation>Held-out-Loss</translation>
    </message>
    <message>
        <source>steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>batch</source>
        <translation>Batch</translation>
    </message>
    <message>
        <source>seeds</source>
        <translation>Seeds</translation>
    </message>
    <message>
        <source>layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>temperature</source>
        <translation>Temperatur</translation>
    </message>
    <message>
        <source>held out</source>
        <translation>Held-out</translation>
    </message>
    <message>
        <source>parts</source>
        <translation>Teile</translation>
    </message>
    <message>
        <source>curves</source>
        <translation>Kurven</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Export the alignment</source>
        <translation>Abgleich exportieren</translation>
    </message>
    <message>
        <source>Results (JSON, CSV, npz)…</source>
        <translation>Ergebnisse (JSON, CSV, npz)…</translation>
    </message>
    <message>
        <source>A folder for the results</source>
        <translation>Ordner für die Ergebnisse</translation>
    </message>
    <message>
        <source>Plot as picture (PNG)…</source>
        <translation>Diagramm als Bild (PNG)…</translation>
    </message>
    <message>
        <source>Plot as page (PDF)…</source>
        <translation>Diagramm als Seite (PDF)…</translation>
    </message>
    <message>
        <source>Copy the command line that repeats this</source>
        <translation>Befehlszeile kopieren, die das wiederholt</translation>
    </message>
    <message>
        <source>Copied: %1</source>
        <translation>Kopiert: %1</translation>
    </message>
    <message numerus="yes">
        <source>%n sample pair(s) of picture and caption</source>
        <translation>
            <numerusform>%n mitgeliefertes Paar aus Bild und Bildunterschrift</numerusform>
            <numerusform>%n mitgelieferte Paare aus Bild und Bildunterschrift</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n pair(s) in %1</source>
        <translation>
            <numerusform>%n Paar in %1</numerusform>
            <numerusform>%n Paare in %1</numerusform>
        </translation>
    </message>
    <message>
        <source>This needs a model that reads pictures and texts. Choose one under Model.</source>
        <translation>Dafür ist ein Modell nötig, das Bilder und Texte liest. Unter Modell eines wählen.</translation>
    </message>
    <message>
        <source>Measuring the agreement with text</source>
        <translation>Übereinstimmung mit Text wird gemessen</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message numerus="yes">
        <source>%n pair(s); a projection that knows nothing has a loss of %1</source>
        <translation>
            <numerusform>%n Paar; eine Projektion, die nichts weiß, hat einen Loss von %L1</numerusform>
            <numerusform>%n Paare; eine Projektion, die nichts weiß, hat einen Loss von %L1</numerusform>
        </translation>
    </message>
    <message>
        <source>Saving the alignment</source>
        <translation>Abgleich wird gespeichert</translation>
    </message>
    <message>
        <source>Export the plot</source>
        <translation>Diagramm exportieren</translation>
    </message>
    <message>
        <source>%1 cannot be written. Choose another folder.</source>
        <translation>%1 lässt sich nicht schreiben. Bitte einen anderen Ordner wählen.</translation>
    </message>
    <message>
        <source>Alignment loss over the steps of training</source>
        <translation>Alignment-Loss über die Trainingsschritte</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::AlignmentTable</name>
    <message>
        <source>part</source>
        <translation>Teil</translation>
    </message>
    <message>
        <source>loss</source>
        <translation>Loss</translation>
    </message>
    <message>
        <source>held out</source>
        <translation>Held-out</translation>
    </message>
    <message>
        <source>CKA</source>
        <translation>CKA</translation>
    </message>
    <message>
        <source>debiased</source>
        <translation>unverzerrt</translation>
    </message>
    <message>
        <source>mutual k-NN</source>
        <translation>mutual k-NN</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::AtlasGrid</name>
    <message>
        <source>Feature maps by depth and prompt</source>
        <translation>Merkmalskarten nach Tiefe und Prompt</translation>
    </message>
    <message>
        <source>depth →</source>
        <translation>Tiefe →</translation>
    </message>
    <message>
        <source>Remove the row “%1”</source>
        <translation>Zeile „%1“ entfernen</translation>
    </message>
    <message>
        <source>%1, reaches the language model</source>
        <translation>%1, erreicht das Sprachmodell</translation>
    </message>
    <message>
        <source>%1, only shown</source>
        <translation>%1, nur gezeigt</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::AtlasMenus</name>
    <message>
        <source>basis: per map</source>
        <translation>Basis: je Karte</translation>
    </message>
    <message>
        <source>basis: per row</source>
        <translation>Basis: je Zeile</translation>
    </message>
    <message>
        <source>basis: all maps</source>
        <translation>Basis: alle Karten</translation>
    </message>
    <message>
        <source>basis: saved</source>
        <translation>Basis: gespeichert</translation>
    </message>
    <message>
        <source>centred</source>
        <translation>zentriert</translation>
    </message>
    <message>
        <source>from zero</source>
        <translation>vom Nullpunkt</translation>
    </message>
    <message>
        <source>most varying</source>
        <translation>am stärksten streuend</translation>
    </message>
    <message>
        <source>channel %1</source>
        <translation>Kanal %1</translation>
    </message>
    <message numerus="yes">
        <source>%n cluster(s)</source>
        <translation>
            <numerusform>%n Cluster</numerusform>
            <numerusform>%n Cluster</numerusform>
        </translation>
    </message>
    <message>
        <source>Kind of map</source>
        <translation>Kartenart</translation>
    </message>
    <message>
        <source>Settings of the kind of map</source>
        <translation>Einstellungen der Kartenart</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Written: %1</source>
        <translation>Geschrieben: %1</translation>
    </message>
    <message>
        <source>Inspect</source>
        <translation>Untersuchen</translation>
    </message>
    <message>
        <source>&amp;Save the inspection…</source>
        <translation>Untersuchung &amp;speichern…</translation>
    </message>
    <message>
        <source>&amp;Open an inspection…</source>
        <translation>Untersuchung ö&amp;ffnen…</translation>
    </message>
    <message>
        <source>Use a saved basis…</source>
        <translation>Gespeicherte Basis verwenden…</translation>
    </message>
    <message>
        <source>Save the basis of this map…</source>
        <translation>Basis dieser Karte speichern…</translation>
    </message>
    <message>
        <source>foreground above %1</source>
        <translation>Vordergrund über %L1</translation>
    </message>
    <message>
        <source>centred: the map&apos;s mean is taken off first</source>
        <translation>zentriert: der Mittelwert der Karte wird vorher abgezogen</translation>
    </message>
    <message>
        <source>from zero: the vectors as they are</source>
        <translation>vom Nullpunkt: die Vektoren, wie sie sind</translation>
    </message>
    <message>
        <source>the most varying one of each map</source>
        <translation>der am stärksten streuende jeder Karte</translation>
    </message>
    <message>
        <source>By variance in this map</source>
        <translation>Nach Varianz in dieser Karte</translation>
    </message>
    <message>
        <source>PCA basis (*.json)</source>
        <translation>PCA-Basis (*.json)</translation>
    </message>
    <message>
        <source>Use a saved basis</source>
        <translation>Gespeicherte Basis verwenden</translation>
    </message>
    <message>
        <source>Save the basis of this map</source>
        <translation>Basis dieser Karte speichern</translation>
    </message>
    <message>
        <source>cannot be read as a basis</source>
        <translation>lässt sich nicht als Basis lesen</translation>
    </message>
    <message>
        <source>Choose a file that was saved here.</source>
        <translation>Eine Datei wählen, die hier gespeichert wurde.</translation>
    </message>
    <message>
        <source>there is no basis yet</source>
        <translation>Es gibt noch keine Basis</translation>
    </message>
    <message>
        <source>Wait until the map is drawn.</source>
        <translation>Warten, bis die Karte gezeichnet ist.</translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation>Einen anderen Ordner wählen.</translation>
    </message>
    <message>
        <source>Picture (PNG)…</source>
        <translation>Bild (PNG)…</translation>
    </message>
    <message>
        <source>Vector graphic (SVG)…</source>
        <translation>Vektorgrafik (SVG)…</translation>
    </message>
    <message>
        <source>Page (PDF)…</source>
        <translation>Seite (PDF)…</translation>
    </message>
    <message>
        <source>Numbers (npz)…</source>
        <translation>Zahlen (npz)…</translation>
    </message>
    <message>
        <source>Numbers (safetensors)…</source>
        <translation>Zahlen (safetensors)…</translation>
    </message>
    <message>
        <source>Table (CSV)…</source>
        <translation>Tabelle (CSV)…</translation>
    </message>
    <message>
        <source>The enlarged map alone</source>
        <translation>Nur die vergrößerte Karte</translation>
    </message>
    <message>
        <source>Copy the command line that repeats this</source>
        <translation>Befehlszeile kopieren, die das wiederholt</translation>
    </message>
    <message>
        <source>Save the inspection…</source>
        <translation>Untersuchung speichern…</translation>
    </message>
    <message>
        <source>Open an inspection…</source>
        <translation>Untersuchung öffnen…</translation>
    </message>
    <message>
        <source>Export the atlas</source>
        <translation>Atlas exportieren</translation>
    </message>
    <message>
        <source>Exporting %1</source>
        <translation>%1 wird exportiert</translation>
    </message>
    <message>
        <source>Copied: %1</source>
        <translation>Kopiert: %1</translation>
    </message>
    <message>
        <source>Inspections (*.fscope)</source>
        <translation>Untersuchungen (*.fscope)</translation>
    </message>
    <message>
        <source>Open an inspection</source>
        <translation>Untersuchung öffnen</translation>
    </message>
    <message>
        <source>Save the inspection</source>
        <translation>Untersuchung speichern</translation>
    </message>
    <message>
        <source>Saving %1</source>
        <translation>%1 wird gespeichert</translation>
    </message>
    <message>
        <source>Opening %1</source>
        <translation>%1 wird geöffnet</translation>
    </message>
    <message>
        <source>This was made with another model, %1. Load that one to see the same numbers.</source>
        <translation>Das entstand mit einem anderen Modell: %1. Mit jenem geladen erscheinen dieselben Zahlen.</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::AtlasState</name>
    <message>
        <source>Stopped. Choose the picture again to compute its maps.</source>
        <translation>Angehalten. Das Bild erneut wählen, um seine Karten zu berechnen.</translation>
    </message>
    <message>
        <source>Give the row a name and the prompt a text.</source>
        <translation>Der Zeile einen Namen und dem Prompt einen Text geben.</translation>
    </message>
    <message>
        <source>A row&apos;s name has no “=”, “/” or “,”. Choose another name.</source>
        <translation>Der Name einer Zeile enthält kein „=“, „/“ oder „,“. Einen anderen Namen wählen.</translation>
    </message>
    <message>
        <source>There is a row “%1” already. Choose another name.</source>
        <translation>Eine Zeile „%1“ gibt es schon. Einen anderen Namen wählen.</translation>
    </message>
    <message>
        <source>Choose a model under Model: its maps appear here.</source>
        <translation>Unter Modell ein Modell wählen: Hier erscheinen seine Karten.</translation>
    </message>
    <message>
        <source>This model takes no pictures. Choose a Florence-VL under Model.</source>
        <translation>Dieses Modell nimmt keine Bilder an. Unter Modell ein Florence-VL wählen.</translation>
    </message>
    <message>
        <source>Open or drop a picture: what the model makes of it appears here, by depth and by prompt.</source>
        <translation>Ein Bild öffnen oder hineinziehen: Was das Modell daraus macht, erscheint hier, nach Tiefe und nach Prompt.</translation>
    </message>
    <message>
        <source>Ask something about the picture: the layers of the language model read it with the question.</source>
        <translation>Etwas zum Bild fragen: Die Schichten des Sprachmodells lesen es mit der Frage.</translation>
    </message>
    <message>
        <source>Drawing the maps</source>
        <translation>Karten werden gezeichnet</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::AtlasView</name>
    <message>
        <source>+ add a prompt as a row</source>
        <translation>+ Prompt als Zeile</translation>
    </message>
    <message>
        <source>language model&apos;s layers</source>
        <translation>Schichten des Sprachmodells</translation>
    </message>
    <message>
        <source>colours are relative to the basis</source>
        <translation>Farben gelten relativ zur Basis</translation>
    </message>
    <message>
        <source>reaches the language model</source>
        <translation>erreicht das Sprachmodell</translation>
    </message>
    <message>
        <source>name of the row</source>
        <translation>Name der Zeile</translation>
    </message>
    <message>
        <source>Name of the row</source>
        <translation>Name der Zeile</translation>
    </message>
    <message>
        <source>prompt for the vision tower, as “What does the image describe?”</source>
        <translation>Prompt für den Vision-Tower, etwa „What does the image describe?“</translation>
    </message>
    <message>
        <source>Prompt for the vision tower</source>
        <translation>Prompt für den Vision-Tower</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Add the row</source>
        <translation>Zeile hinzufügen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>activation</source>
        <translation>Aktivierung</translation>
    </message>
    <message>
        <source>shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>under the mouse</source>
        <translation>unter der Maus</translation>
    </message>
    <message>
        <source>reaches</source>
        <translation>erreicht</translation>
    </message>
    <message>
        <source>on the picture</source>
        <translation>auf dem Bild</translation>
    </message>
    <message>
        <source>keep for comparison</source>
        <translation>zum Vergleich behalten</translation>
    </message>
    <message>
        <source>Keeps this picture beside the one, or the model, that you choose next</source>
        <translation>Behält dieses Bild neben dem Bild oder Modell, das als Nächstes gewählt wird</translation>
    </message>
    <message>
        <source>Agreement with the answer’s words</source>
        <translation>Übereinstimmung mit den Wörtern der Antwort</translation>
    </message>
    <message>
        <source>Inspect</source>
        <translation>Untersuchen</translation>
    </message>
    <message>
        <source>&amp;Next kind of map</source>
        <translation>&amp;Nächste Kartenart</translation>
    </message>
    <message>
        <source>&amp;Previous kind of map</source>
        <translation>&amp;Vorherige Kartenart</translation>
    </message>
    <message>
        <source>Map &amp;over the picture</source>
        <translation>Karte ü&amp;ber dem Bild</translation>
    </message>
    <message>
        <source>&amp;Keep for comparison</source>
        <translation>Zum Vergleich be&amp;halten</translation>
    </message>
    <message>
        <source>&amp;Add a prompt as a row</source>
        <translation>&amp;Prompt als Zeile hinzufügen</translation>
    </message>
    <message>
        <source>&amp;Layers of the language model</source>
        <translation>S&amp;chichten des Sprachmodells</translation>
    </message>
    <message>
        <source>“%1” in the picture</source>
        <translation>„%1“ im Bild</translation>
    </message>
    <message>
        <source>%1 × %2 patches</source>
        <translation>%1 × %2 Patches</translation>
    </message>
    <message>
        <source>the language model</source>
        <translation>das Sprachmodell</translation>
    </message>
    <message>
        <source>channel %1</source>
        <translation>Kanal %1</translation>
    </message>
    <message>
        <source>similarity to patch (%1, %2)</source>
        <translation>Ähnlichkeit zu Patch (%1, %2)</translation>
    </message>
    <message numerus="yes">
        <source>similarity to %n patch(es)</source>
        <translation>
            <numerusform>Ähnlichkeit zu %n Patch</numerusform>
            <numerusform>Ähnlichkeit zu %n Patches</numerusform>
        </translation>
    </message>
    <message>
        <source>, centred</source>
        <translation>, zentriert</translation>
    </message>
    <message>
        <source>%1 × %2 patches × %3 channels</source>
        <translation>%1 × %2 Patches × %3 Kanäle</translation>
    </message>
    <message>
        <source>patch (%1, %2)   %3</source>
        <translation>Patch (%1, %2)   %3</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::ChatPanel</name>
    <message>
        <source>Open a picture and ask about it below.

Enter sends, Shift+Enter begins a new line. A picture can also be dropped or pasted into the question.</source>
        <translation>Ein Bild öffnen und unten eine Frage dazu stellen.

Die Eingabetaste sendet, Umschalt+Eingabe beginnt eine neue Zeile. Ein Bild lässt sich auch in die Frage ziehen oder einfügen.</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Bearbeiten</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>&amp;New conversation</source>
        <translation>&amp;Neue Unterhaltung</translation>
    </message>
    <message>
        <source>&amp;Write a question</source>
        <translation>&amp;Frage schreiben</translation>
    </message>
    <message>
        <source>Rea&amp;d the conversation</source>
        <translation>Unterhaltung &amp;lesen</translation>
    </message>
    <message>
        <source>Add a &amp;picture to the question…</source>
        <translation>Bild zur Frage &amp;hinzufügen…</translation>
    </message>
    <message>
        <source>Ask about the &amp;region</source>
        <translation>&amp;Nach dem Bereich fragen</translation>
    </message>
    <message>
        <source>Answer &amp;once more</source>
        <translation>&amp;Erneut antworten</translation>
    </message>
    <message>
        <source>&amp;Change the question</source>
        <translation>Frage än&amp;dern</translation>
    </message>
    <message>
        <source>Previous &amp;branch</source>
        <translation>Vorheriger &amp;Zweig</translation>
    </message>
    <message>
        <source>Ne&amp;xt branch</source>
        <translation>Näch&amp;ster Zweig</translation>
    </message>
    <message>
        <source>Copy the &amp;answer</source>
        <translation>&amp;Antwort kopieren</translation>
    </message>
    <message>
        <source>Copy the co&amp;de of the answer</source>
        <translation>&amp;Code der Antwort kopieren</translation>
    </message>
    <message>
        <source>Copy the whole con&amp;versation</source>
        <translation>&amp;Ganze Unterhaltung kopieren</translation>
    </message>
    <message>
        <source>&amp;Settings of the chat</source>
        <translation>Eins&amp;tellungen des Chats</translation>
    </message>
    <message>
        <source>&amp;Word probabilities</source>
        <translation>&amp;Wortwahrscheinlichkeiten</translation>
    </message>
    <message>
        <source>S&amp;top the answer</source>
        <translation>Antwort ab&amp;brechen</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Reading %1</source>
        <translation>%1 wird gelesen</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::ChatSettings</name>
    <message>
        <source>Exact: always the likeliest word</source>
        <translation>Genau: immer das wahrscheinlichste Wort</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>Ausgewogen</translation>
    </message>
    <message>
        <source>Inventive</source>
        <translation>Einfallsreich</translation>
    </message>
    <message>
        <source>Sample instead of taking the likeliest word</source>
        <translation>Auslosen, statt das wahrscheinlichste Wort zu nehmen</translation>
    </message>
    <message>
        <source>Settings of the chat</source>
        <translation>Einstellungen des Chats</translation>
    </message>
    <message>
        <source>System prompt, from the next question on</source>
        <translation>System-Prompt, ab der nächsten Frage</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>System-Prompt</translation>
    </message>
    <message>
        <source>What the model should know before every question</source>
        <translation>Was das Modell vor jeder Frage wissen soll</translation>
    </message>
    <message>
        <source>Reset to the model&apos;s own</source>
        <translation>Auf die Werte des Modells zurücksetzen</translation>
    </message>
    <message>
        <source>The model&apos;s own</source>
        <translation>Die des Modells</translation>
    </message>
    <message>
        <source>My own</source>
        <translation>Eigene</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>Vorgabe</translation>
    </message>
    <message>
        <source>Settings that go together</source>
        <translation>Einstellungen, die zusammengehören</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Temperatur</translation>
    </message>
    <message>
        <source>Below 1: surer words; above 1: more surprising ones</source>
        <translation>Unter 1: sicherere Wörter; über 1: überraschendere</translation>
    </message>
    <message>
        <source>Top k</source>
        <translation>Top k</translation>
    </message>
    <message>
        <source>Choose among so many of the likeliest tokens; 0: among all</source>
        <translation>Unter so vielen der wahrscheinlichsten Tokens wählen; 0: unter allen</translation>
    </message>
    <message>
        <source>Top p</source>
        <translation>Top p</translation>
    </message>
    <message>
        <source>Choose among the likeliest tokens that have this probability together</source>
        <translation>Unter den wahrscheinlichsten Tokens wählen, die zusammen diese Wahrscheinlichkeit haben</translation>
    </message>
    <message>
        <source>Min p</source>
        <translation>Min p</translation>
    </message>
    <message>
        <source>Leave out tokens that are less likely than this share of the likeliest one</source>
        <translation>Tokens weglassen, die weniger wahrscheinlich sind als dieser Anteil des wahrscheinlichsten</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Seed</translation>
    </message>
    <message>
        <source>The same seed gives the same answer</source>
        <translation>Derselbe Seed ergibt dieselbe Antwort</translation>
    </message>
    <message>
        <source>Repetition penalty</source>
        <translation>Abzug für Wiederholung</translation>
    </message>
    <message>
        <source>Above 1: words that were said are said less often again</source>
        <translation>Über 1: Gesagtes wird seltener wiederholt</translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation>Längste Antwort</translation>
    </message>
    <message>
        <source>In tokens</source>
        <translation>In Tokens</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::CommandList</name>
    <message>
        <source>Commands</source>
        <translation>Befehle</translation>
    </message>
    <message>
        <source>Search commands</source>
        <translation>Befehle suchen</translation>
    </message>
    <message>
        <source>Commands that fit</source>
        <translation>Passende Befehle</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::ComparePage</name>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>Each map is in a feature space of its own: colours and numbers compare within it, places across both.</source>
        <translation>Jede Karte hat einen eigenen Merkmalsraum: Farben und Zahlen sind innerhalb vergleichbar, Orte zwischen beiden.</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Export the comparison</source>
        <translation>Vergleich exportieren</translation>
    </message>
    <message>
        <source>Copy both answers as a table</source>
        <translation>Beide Antworten als Tabelle kopieren</translation>
    </message>
    <message>
        <source>One question for both</source>
        <translation>Eine Frage für beide</translation>
    </message>
    <message>
        <source>Question for both models</source>
        <translation>Frage an beide Modelle</translation>
    </message>
    <message>
        <source>Ask both</source>
        <translation>Beide fragen</translation>
    </message>
    <message>
        <source>One after the other, from cold: nothing that was computed before is taken</source>
        <translation>Nacheinander und von Neuem: nichts zuvor Berechnetes wird verwendet</translation>
    </message>
    <message>
        <source>time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>to the first token</source>
        <translation>bis zum ersten Token</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>Tokens</translation>
    </message>
    <message>
        <source>speed</source>
        <translation>Tempo</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Answer of the first model</source>
        <translation>Antwort des ersten Modells</translation>
    </message>
    <message>
        <source>Answer of the second model</source>
        <translation>Antwort des zweiten Modells</translation>
    </message>
    <message>
        <source>Map of the first model</source>
        <translation>Karte des ersten Modells</translation>
    </message>
    <message>
        <source>Map of the second model</source>
        <translation>Karte des zweiten Modells</translation>
    </message>
    <message>
        <source>Open or drop a picture first: both are asked about it.</source>
        <translation>Erst ein Bild öffnen oder ablegen: beide werden dazu gefragt.</translation>
    </message>
    <message>
        <source>Type a question for both.</source>
        <translation>Eine Frage für beide eingeben.</translation>
    </message>
    <message>
        <source>Choose a model under Model first.</source>
        <translation>Erst unter Modell ein Modell wählen.</translation>
    </message>
    <message>
        <source>Load a second model first.</source>
        <translation>Erst ein zweites Modell laden.</translation>
    </message>
    <message>
        <source>%1 does not answer questions about pictures. Choose another model.</source>
        <translation>%1 beantwortet keine Fragen zu Bildern. Bitte ein anderes Modell wählen.</translation>
    </message>
    <message>
        <source>The model is not there any more.</source>
        <translation>Das Modell ist nicht mehr da.</translation>
    </message>
    <message>
        <source>answering</source>
        <translation>antwortet</translation>
    </message>
    <message>
        <source>Answering, %1</source>
        <translation>Antwort von %1</translation>
    </message>
    <message>
        <source>no words</source>
        <translation>keine Wörter</translation>
    </message>
    <message>
        <source>Stopped.</source>
        <translation>Angehalten.</translation>
    </message>
    <message>
        <source>no model</source>
        <translation>kein Modell</translation>
    </message>
    <message>
        <source>no second model</source>
        <translation>kein zweites Modell</translation>
    </message>
    <message>
        <source>%1, %2 on %3</source>
        <translation>%1, %2 auf %3</translation>
    </message>
    <message>
        <source>%1, encoding %2</source>
        <translation>%1, Kodieren %2</translation>
    </message>
    <message>
        <source>%1 read, %2 of the picture; %3 written</source>
        <translation>%1 gelesen, %2 davon vom Bild; %3 geschrieben</translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation>%1 Tokens/s</translation>
    </message>
    <message>
        <source>too short to tell</source>
        <translation>zu kurz für eine Angabe</translation>
    </message>
    <message>
        <source>There is nothing to copy yet: ask both first.</source>
        <translation>Noch nichts zu kopieren: erst beide fragen.</translation>
    </message>
    <message>
        <source>Copied, with a row for each model.</source>
        <translation>Kopiert, mit einer Zeile je Modell.</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::Composer</name>
    <message>
        <source>Changing a question: sending it makes a new branch, the old one stays.</source>
        <translation>Eine Frage wird geändert: Das Senden erzeugt einen neuen Zweig, der alte bleibt.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Leave the question as it was</source>
        <translation>Die Frage lassen, wie sie war</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Add a picture to the question</source>
        <translation>Bild zur Frage hinzufügen</translation>
    </message>
    <message>
        <source>The selected picture</source>
        <translation>Das ausgewählte Bild</translation>
    </message>
    <message>
        <source>From files…</source>
        <translation>Aus Dateien…</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>Bereich</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Senden</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>Aufgaben</translation>
    </message>
    <message>
        <source>Florence-2&apos;s tasks on the picture</source>
        <translation>Aufgaben von Florence-2 für das Bild</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>System prompt, and how answers are generated</source>
        <translation>System-Prompt, und wie Antworten erzeugt werden</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Tokens</translation>
    </message>
    <message>
        <source>Type the words below first</source>
        <translation>Zuerst die Wörter unten eingeben</translation>
    </message>
    <message>
        <source>Mark a region in the picture first</source>
        <translation>Zuerst einen Bereich im Bild markieren</translation>
    </message>
    <message>
        <source>There is no picture to run “%1” on. Open one first.</source>
        <translation>Für „%1“ fehlt ein Bild. Zuerst eines öffnen.</translation>
    </message>
    <message>
        <source>“%1” needs words. Type them below, then choose the task again.</source>
        <translation>„%1“ braucht Wörter. Sie unten eingeben, dann die Aufgabe erneut wählen.</translation>
    </message>
    <message>
        <source>“%1” needs a region. Mark one in the picture, then choose the task again.</source>
        <translation>„%1“ braucht einen Bereich. Einen im Bild markieren, dann die Aufgabe erneut wählen.</translation>
    </message>
    <message>
        <source>Add pictures to the question</source>
        <translation>Bilder zur Frage hinzufügen</translation>
    </message>
    <message>
        <source>Pictures (*.png *.jpg *.jpeg *.webp *.gif *.bmp *.tif *.tiff *.ppm *.pgm *.tga)</source>
        <translation>Bilder (*.png *.jpg *.jpeg *.webp *.gif *.bmp *.tif *.tiff *.ppm *.pgm *.tga)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message numerus="yes">
        <source> · %Ln token(s)</source>
        <translation>
            <numerusform> · %Ln Token</numerusform>
            <numerusform> · %Ln Tokens</numerusform>
        </translation>
    </message>
    <message>
        <source>Take the picture out of the question</source>
        <translation>Bild aus der Frage nehmen</translation>
    </message>
    <message numerus="yes">
        <source>%Ln token(s) · %1 left</source>
        <translation>
            <numerusform>%Ln Token · %1 frei</numerusform>
            <numerusform>%Ln Tokens · %1 frei</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln token(s) · %1 too many for the model</source>
        <translation>
            <numerusform>%Ln Token · %1 zu viel für das Modell</numerusform>
            <numerusform>%Ln Tokens · %1 zu viele für das Modell</numerusform>
        </translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>End the answer here (Esc)</source>
        <translation>Die Antwort hier beenden (Esc)</translation>
    </message>
    <message>
        <source>Send the question (Enter)</source>
        <translation>Die Frage senden (Eingabe)</translation>
    </message>
    <message>
        <source>The loaded model runs no Florence-2 tasks. Load a Florence-2 under Model.</source>
        <translation>Das geladene Modell führt keine Florence-2-Aufgaben aus. Unter Modell ein Florence-2 laden.</translation>
    </message>
    <message>
        <source>Load a model, then ask about the picture…</source>
        <translation>Ein Modell laden, dann zum Bild fragen…</translation>
    </message>
    <message>
        <source>Choose a task; words for it go here…</source>
        <translation>Eine Aufgabe wählen; Wörter dafür gehören hierher…</translation>
    </message>
    <message>
        <source>Ask, or choose a task…</source>
        <translation>Fragen oder Aufgabe wählen…</translation>
    </message>
    <message>
        <source>Ask about the picture…</source>
        <translation>Zum Bild fragen…</translation>
    </message>
    <message>
        <source>Ask about the region marked last, or mark one: it is cut out and sent along</source>
        <translation>Nach dem zuletzt markierten Bereich fragen oder einen markieren: Er wird ausgeschnitten und mitgesendet</translation>
    </message>
    <message>
        <source>Pictures of the question</source>
        <translation>Bilder der Frage</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::CurrentModel</name>
    <message>
        <source>Loading %1</source>
        <translation>%1 wird geladen</translation>
    </message>
    <message>
        <source>Hashing the model</source>
        <translation>Prüfsumme des Modells wird berechnet</translation>
    </message>
    <message>
        <source>Freeing the model</source>
        <translation>Modell wird freigegeben</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::Dialogue</name>
    <message>
        <source>waiting for the model</source>
        <translation>wartet auf das Modell</translation>
    </message>
    <message>
        <source>Answering</source>
        <translation>Antwort wird erzeugt</translation>
    </message>
    <message>
        <source>not stored yet</source>
        <translation>noch nicht gespeichert</translation>
    </message>
    <message>
        <source>Preparing the answer</source>
        <translation>Antwort wird vorbereitet</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::DraftEdit</name>
    <message>
        <source>Question</source>
        <translation>Frage</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::DraftPictures</name>
    <message>
        <source>Reading %1</source>
        <translation>%1 wird gelesen</translation>
    </message>
    <message>
        <source>cannot be read: %1</source>
        <translation>lässt sich nicht lesen: %1</translation>
    </message>
    <message>
        <source>Choose another picture.</source>
        <translation>Ein anderes Bild wählen.</translation>
    </message>
    <message>
        <source>Cutting out the region</source>
        <translation>Bereich wird ausgeschnitten</translation>
    </message>
    <message>
        <source>Reading the clipboard</source>
        <translation>Zwischenablage wird gelesen</translation>
    </message>
    <message>
        <source>pasted.png</source>
        <translation>eingefügt.png</translation>
    </message>
    <message>
        <source>A chat holds %1 pictures; %2 is one too many. Take one out, or start a new chat.</source>
        <translation>Ein Chat fasst %1 Bilder; %2 ist eines zu viel. Eines herausnehmen oder einen neuen Chat beginnen.</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::FeatureStore</name>
    <message>
        <source>Computing the maps of %1</source>
        <translation>Karten von %1 werden berechnet</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::FrameStrip</name>
    <message>
        <source>Frames of the video with their maps</source>
        <translation>Einzelbilder des Videos mit ihren Karten</translation>
    </message>
    <message>
        <source>%1 · frame %2</source>
        <translation>%1 · Einzelbild %2</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::FramesPage</name>
    <message>
        <source>Stopped. Choose a map again to compute it.</source>
        <translation>Angehalten. Zum Berechnen eine Karte erneut wählen.</translation>
    </message>
    <message>
        <source>Map of the frames</source>
        <translation>Karte der Einzelbilder</translation>
    </message>
    <message>
        <source>Kind of map</source>
        <translation>Kartenart</translation>
    </message>
    <message>
        <source>Let go of the patch</source>
        <translation>Patch loslassen</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Export the score</source>
        <translation>Maß exportieren</translation>
    </message>
    <message>
        <source>Score as table (CSV)…</source>
        <translation>Maß als Tabelle (CSV)…</translation>
    </message>
    <message>
        <source>Plot as picture (PNG)…</source>
        <translation>Diagramm als Bild (PNG)…</translation>
    </message>
    <message>
        <source>Plot as page (PDF)…</source>
        <translation>Diagramm als Seite (PDF)…</translation>
    </message>
    <message>
        <source>Frames with their maps (PNG)…</source>
        <translation>Einzelbilder mit ihren Karten (PNG)…</translation>
    </message>
    <message>
        <source>Export the frames</source>
        <translation>Einzelbilder exportieren</translation>
    </message>
    <message>
        <source>Written: %1</source>
        <translation>Geschrieben: %1</translation>
    </message>
    <message>
        <source>%1 cannot be written. Choose another folder.</source>
        <translation>%1 lässt sich nicht schreiben. Bitte einen anderen Ordner wählen.</translation>
    </message>
    <message>
        <source>Open a video and mark frames in it, with S or by a rule: each appears here with its map, and any score over time.</source>
        <translation>Ein Video öffnen und darin Einzelbilder merken, mit S oder nach einer Regel: jedes erscheint hier mit seiner Karte, dazu jedes Maß im Zeitverlauf.</translation>
    </message>
    <message>
        <source>Choose a model that takes pictures under Model: its maps appear here.</source>
        <translation>Unter Modell ein Modell wählen, das Bilder versteht: seine Karten erscheinen hier.</translation>
    </message>
    <message numerus="yes">
        <source>Computing the maps of %n frame(s)</source>
        <translation>
            <numerusform>Karten von %n Einzelbild werden berechnet</numerusform>
            <numerusform>Karten von %n Einzelbildern werden berechnet</numerusform>
        </translation>
    </message>
    <message>
        <source>Drawing the maps</source>
        <translation>Karten werden gezeichnet</translation>
    </message>
    <message>
        <source>Click a patch of a frame’s map: every frame shows what resembles it.</source>
        <translation>Auf einen Patch in der Karte eines Einzelbilds klicken: jedes Einzelbild zeigt, was ihm ähnelt.</translation>
    </message>
    <message>
        <source>similarity to the patch marked at %1</source>
        <translation>Ähnlichkeit zum bei %1 markierten Patch</translation>
    </message>
    <message>
        <source> · all frames from %1</source>
        <translation> · alle Einzelbilder ab %1</translation>
    </message>
    <message>
        <source> · all frames share one basis</source>
        <translation> · alle Einzelbilder mit gemeinsamer Basis</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::History</name>
    <message>
        <source>%1 Until that is solved, conversations are kept only while this window is open; export what you need later.</source>
        <translation>%1 Bis das behoben ist, bleiben Unterhaltungen nur erhalten, solange dieses Fenster offen ist. Was später noch gebraucht wird, bitte exportieren.</translation>
    </message>
    <message>
        <source>there is no history: %1</source>
        <translation>Es gibt keinen Verlauf: %1</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::HistoryModel</name>
    <message>
        <source>Today</source>
        <translation>Heute</translation>
    </message>
    <message>
        <source>Pinned</source>
        <translation>Angeheftet</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>Früher</translation>
    </message>
    <message>
        <source>%1
Turns: %2, changed %3</source>
        <translation>%1
Beiträge: %2, geändert %3</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::HistoryPanel</name>
    <message>
        <source>Search chats</source>
        <translation>Chats suchen</translation>
    </message>
    <message>
        <source>Only chats about the selected picture</source>
        <translation>Nur Chats über das ausgewählte Bild</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Chats</source>
        <translation>Chats</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Bearbeiten</translation>
    </message>
    <message>
        <source>Search c&amp;hats</source>
        <translation>Chats d&amp;urchsuchen</translation>
    </message>
    <message>
        <source>&amp;Export the chat…</source>
        <translation>Chat &amp;exportieren…</translation>
    </message>
    <message>
        <source>&amp;Import a chat…</source>
        <translation>Chat &amp;importieren…</translation>
    </message>
    <message>
        <source>&amp;Rename the chat</source>
        <translation>Chat &amp;umbenennen</translation>
    </message>
    <message>
        <source>&amp;Pin or unpin the chat</source>
        <translation>Chat an&amp;heften oder lösen</translation>
    </message>
    <message>
        <source>&amp;Move the chat to a folder…</source>
        <translation>Chat in Ordner &amp;verschieben…</translation>
    </message>
    <message>
        <source>&amp;Delete the chat</source>
        <translation>Chat &amp;löschen</translation>
    </message>
    <message>
        <source>Searching the chats</source>
        <translation>Chats werden durchsucht</translation>
    </message>
    <message>
        <source>No chats yet. Ask about a picture, and the chat will be here.</source>
        <translation>Noch keine Chats. Nach einer Frage zu einem Bild steht der Chat hier.</translation>
    </message>
    <message>
        <source>Deleted “%1”.</source>
        <translation>„%1“ gelöscht.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Umbenennen</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>Lösen</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>Anheften</translation>
    </message>
    <message>
        <source>Move to folder</source>
        <translation>In Ordner verschieben</translation>
    </message>
    <message>
        <source>New folder…</source>
        <translation>Neuer Ordner…</translation>
    </message>
    <message>
        <source>Out of “%1”</source>
        <translation>Aus „%1“ herausnehmen</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Exportieren…</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Move the chat to a folder</source>
        <translation>Chat in einen Ordner verschieben</translation>
    </message>
    <message>
        <source>Folder (empty: out of its folder)</source>
        <translation>Ordner (leer: aus seinem Ordner heraus)</translation>
    </message>
    <message>
        <source>There is no chat to export yet. Ask a question first.</source>
        <translation>Es gibt noch keinen Chat zum Exportieren. Zuerst eine Frage stellen.</translation>
    </message>
    <message>
        <source>Export the chat</source>
        <translation>Chat exportieren</translation>
    </message>
    <message>
        <source>Web page with pictures (*.html)</source>
        <translation>Webseite mit Bildern (*.html)</translation>
    </message>
    <message>
        <source>Markdown with pictures beside it (*.md)</source>
        <translation>Markdown mit Bildern daneben (*.md)</translation>
    </message>
    <message>
        <source>Everything, as JSON (*.json)</source>
        <translation>Alles, als JSON (*.json)</translation>
    </message>
    <message>
        <source>Exporting the chat</source>
        <translation>Chat wird exportiert</translation>
    </message>
    <message>
        <source>Exported to %1.</source>
        <translation>Nach %1 exportiert.</translation>
    </message>
    <message>
        <source>Import a chat</source>
        <translation>Chat importieren</translation>
    </message>
    <message>
        <source>Exported chats (*.json *.html *.htm *.md)</source>
        <translation>Exportierte Chats (*.json *.html *.htm *.md)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Reading %1</source>
        <translation>%1 wird gelesen</translation>
    </message>
    <message>
        <source>Only chats of certain days</source>
        <translation>Nur Chats bestimmter Tage</translation>
    </message>
    <message>
        <source>From this day on</source>
        <translation>Ab diesem Tag</translation>
    </message>
    <message>
        <source>Until this day</source>
        <translation>Bis zu diesem Tag</translation>
    </message>
    <message>
        <source>Search chats of certain da&amp;ys</source>
        <translation>Chats bestimmter Ta&amp;ge suchen</translation>
    </message>
    <message>
        <source>No chat holds all of this. Try fewer words, or other days.</source>
        <translation>Kein Chat enthält das alles. Mit weniger Wörtern oder anderen Tagen versuchen.</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::InspectorPanel</name>
    <message>
        <source>Pages of the inspector</source>
        <translation>Seiten des Inspektors</translation>
    </message>
    <message>
        <source>Atlas</source>
        <translation>Atlas</translation>
    </message>
    <message>
        <source>Align</source>
        <translation>Abgleich</translation>
    </message>
    <message>
        <source>Ablate</source>
        <translation>Ablation</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>Frames</source>
        <translation>Einzelbilder</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::JobFooter</name>
    <message>
        <source>%1 s left</source>
        <translation>noch %1 s</translation>
    </message>
    <message>
        <source>%1 min left</source>
        <translation>noch %1 min</translation>
    </message>
    <message>
        <source>%1 h left</source>
        <translation>noch %1 h</translation>
    </message>
    <message>
        <source>What is being computed</source>
        <translation>Was berechnet wird</translation>
    </message>
    <message>
        <source>Pictures of the last answer, how fast it came, and the memory that the program holds</source>
        <translation>Bilder der letzten Antwort, wie schnell sie kam, und der Speicher, den das Programm belegt</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Stop  Esc</source>
        <translation>Anhalten  Esc</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>pictures: %1 encoded, %2 from the cache</source>
        <translation>Bilder: %1 kodiert, %2 aus dem Cache</translation>
    </message>
    <message>
        <source>%1 tok/s</source>
        <translation>%1 Tok/s</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::KnownModels</name>
    <message>
        <source>%1 billion parameters</source>
        <translation>%1 Milliarden Parameter</translation>
    </message>
    <message>
        <source>%1 million parameters</source>
        <translation>%1 Millionen Parameter</translation>
    </message>
    <message>
        <source>being looked at</source>
        <translation>wird angesehen</translation>
    </message>
    <message>
        <source>can be loaded</source>
        <translation>kann geladen werden</translation>
    </message>
    <message>
        <source>cannot be loaded</source>
        <translation>kann nicht geladen werden</translation>
    </message>
    <message>
        <source>ended the program while it was loading</source>
        <translation>hat das Programm beim Laden beendet</translation>
    </message>
    <message>
        <source>is loading</source>
        <translation>wird geladen</translation>
    </message>
    <message>
        <source>is loaded</source>
        <translation>ist geladen</translation>
    </message>
    <message>
        <source>Checking %1</source>
        <translation>%1 wird geprüft</translation>
    </message>
    <message>
        <source>Looking at %1</source>
        <translation>%1 wird angesehen</translation>
    </message>
    <message>
        <source>Writing %1</source>
        <translation>%1 wird geschrieben</translation>
    </message>
    <message>
        <source>Looking for graphics cards</source>
        <translation>Grafikkarten werden gesucht</translation>
    </message>
    <message>
        <source>The models that come with the program know painted scenes, charts and printed words, and little of photographs. For those add a Florence-VL checkpoint.</source>
        <translation>Die mitgelieferten Modelle kennen gemalte Szenen, Diagramme und gedruckte Wörter und wenig von Fotos. Für Fotos fügen Sie einen Florence-VL-Checkpoint hinzu.</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::LargeMap</name>
    <message>
        <source>Enlarged map</source>
        <translation>Vergrößerte Karte</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::MainWindow</name>
    <message>
        <source>Fusionscope</source>
        <translation>Fusionscope</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>Chat</translation>
    </message>
    <message>
        <source>Inspector</source>
        <translation>Inspektor</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>Menü</translation>
    </message>
    <message>
        <source>%1 layout</source>
        <translation>Layout %1</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>&amp;Add a model’s folder…</source>
        <translation>Modell&amp;ordner hinzufügen…</translation>
    </message>
    <message>
        <source>&amp;Models…</source>
        <translation>&amp;Modelle…</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>&amp;Stop what is computed</source>
        <translation>&amp;Berechnung anhalten</translation>
    </message>
    <message>
        <source>&amp;Leave the presentation</source>
        <translation>Vorführung ver&amp;lassen</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>Inspect</source>
        <translation>Untersuchen</translation>
    </message>
    <message>
        <source>Present</source>
        <translation>Vorführen</translation>
    </message>
    <message>
        <source>Show the &amp;history</source>
        <translation>&amp;Verlauf zeigen</translation>
    </message>
    <message>
        <source>Show the &amp;chat</source>
        <translation>&amp;Chat zeigen</translation>
    </message>
    <message>
        <source>Show the &amp;inspector</source>
        <translation>&amp;Inspektor zeigen</translation>
    </message>
    <message>
        <source>&amp;Move panels</source>
        <translation>Fenster&amp;teile verschieben</translation>
    </message>
    <message>
        <source>&amp;Arrange anew</source>
        <translation>Neu &amp;anordnen</translation>
    </message>
    <message>
        <source>&amp;Next panel</source>
        <translation>&amp;Nächster Fensterteil</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Theme of the &amp;system</source>
        <translation>Design des &amp;Systems</translation>
    </message>
    <message>
        <source>&amp;Light theme</source>
        <translation>&amp;Helles Design</translation>
    </message>
    <message>
        <source>&amp;Dark theme</source>
        <translation>&amp;Dunkles Design</translation>
    </message>
    <message>
        <source>The language changes at the next start.</source>
        <translation>Die Sprache wechselt beim nächsten Start.</translation>
    </message>
    <message>
        <source>Lan&amp;guage of the system</source>
        <translation>S&amp;prache des Systems</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>&amp;Find a command…</source>
        <translation>&amp;Befehl suchen…</translation>
    </message>
    <message>
        <source>&amp;Shortcuts</source>
        <translation>&amp;Tastenkürzel</translation>
    </message>
    <message>
        <source>&amp;About Fusionscope</source>
        <translation>Ü&amp;ber Fusionscope</translation>
    </message>
    <message>
        <source>Fusionscope %1: chat about pictures with Florence-VL and see what it sees. Free software under GPL-3.0-or-later; nothing leaves this computer.</source>
        <translation>Fusionscope %1: mit Florence-VL über Bilder sprechen und sehen, was es sieht. Freie Software unter GPL-3.0-or-later; nichts verlässt diesen Rechner.</translation>
    </message>
    <message>
        <source>Models…</source>
        <translation>Modelle…</translation>
    </message>
    <message>
        <source>Fusionscope ended while it was loading %1 the last time, so it was not loaded again.</source>
        <translation>Fusionscope endete beim letzten Mal, während es %1 lud; deshalb wurde das Modell nicht wieder geladen.</translation>
    </message>
    <message>
        <source>Load anyway</source>
        <translation>Trotzdem laden</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::MapArtist</name>
    <message>
        <source>no patch is selected</source>
        <translation>Es ist kein Patch ausgewählt</translation>
    </message>
    <message>
        <source>Click a patch of the picture.</source>
        <translation>Auf einen Patch des Bildes klicken.</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::MediaPanel</name>
    <message>
        <source>Edit</source>
        <translation>Bearbeiten</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>&amp;Open pictures…</source>
        <translation>Bilder ö&amp;ffnen…</translation>
    </message>
    <message>
        <source>Open a &amp;folder of pictures…</source>
        <translation>&amp;Ordner mit Bildern öffnen…</translation>
    </message>
    <message>
        <source>&amp;Close the picture</source>
        <translation>Bild s&amp;chließen</translation>
    </message>
    <message>
        <source>&amp;Undo marking</source>
        <translation>Mar&amp;kierung rückgängig machen</translation>
    </message>
    <message>
        <source>&amp;Redo marking</source>
        <translation>Markierung &amp;wiederherstellen</translation>
    </message>
    <message>
        <source>&amp;Paste a picture</source>
        <translation>Bild e&amp;infügen</translation>
    </message>
    <message>
        <source>&amp;Copy the view</source>
        <translation>Ansicht k&amp;opieren</translation>
    </message>
    <message>
        <source>Select &amp;patches</source>
        <translation>&amp;Patches auswählen</translation>
    </message>
    <message>
        <source>Mark a &amp;box</source>
        <translation>&amp;Rechteck markieren</translation>
    </message>
    <message>
        <source>Mark a p&amp;olygon</source>
        <translation>Pol&amp;ygon markieren</translation>
    </message>
    <message>
        <source>Mark pa&amp;tches</source>
        <translation>Patches &amp;markieren</translation>
    </message>
    <message>
        <source>Mark the &amp;selected patches</source>
        <translation>Ausgewählte Patches &amp;markieren</translation>
    </message>
    <message>
        <source>&amp;Remove the region</source>
        <translation>Be&amp;reich entfernen</translation>
    </message>
    <message>
        <source>Remove &amp;all regions</source>
        <translation>&amp;Alle Bereiche entfernen</translation>
    </message>
    <message>
        <source>&amp;Fit the picture</source>
        <translation>Bild &amp;einpassen</translation>
    </message>
    <message>
        <source>&amp;Actual size, 1:1</source>
        <translation>&amp;Originalgröße, 1:1</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>Ver&amp;größern</translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation>Ver&amp;kleinern</translation>
    </message>
    <message>
        <source>As the &amp;model sees it</source>
        <translation>Wie das &amp;Modell es sieht</translation>
    </message>
    <message>
        <source>&amp;Next picture</source>
        <translation>&amp;Nächstes Bild</translation>
    </message>
    <message>
        <source>&amp;Previous picture</source>
        <translation>&amp;Vorheriges Bild</translation>
    </message>
    <message>
        <source>Video: one frame &amp;back</source>
        <translation>Video: ein Einzelbild &amp;zurück</translation>
    </message>
    <message>
        <source>Video: one frame o&amp;n</source>
        <translation>Video: ein Einzelbild vo&amp;r</translation>
    </message>
    <message>
        <source>Video: p&amp;lay or pause</source>
        <translation>Video: &amp;abspielen oder anhalten</translation>
    </message>
    <message>
        <source>Video: &amp;mark the frame</source>
        <translation>Video: E&amp;inzelbild markieren</translation>
    </message>
    <message>
        <source>Fit the picture (F), or show it at 1:1 (1)</source>
        <translation>Bild einpassen (F) oder in Originalgröße zeigen (1)</translation>
    </message>
    <message>
        <source>Show the picture after padding, resizing and tiling (I)</source>
        <translation>Das Bild nach Auffüllen, Skalieren und Kacheln zeigen (I)</translation>
    </message>
    <message>
        <source>Load a model that takes pictures first</source>
        <translation>Zuerst ein Modell laden, das Bilder annimmt</translation>
    </message>
    <message>
        <source>Open pictures</source>
        <translation>Bilder öffnen</translation>
    </message>
    <message>
        <source>Pictures and videos (%1)</source>
        <translation>Bilder und Videos (%1)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Open a folder of pictures</source>
        <translation>Ordner mit Bildern öffnen</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>Opacity of the map over the picture</source>
        <translation>Deckkraft der Karte über dem Bild</translation>
    </message>
    <message>
        <source>Take the map off the picture</source>
        <translation>Karte vom Bild nehmen</translation>
    </message>
    <message>
        <source>as the model sees it   I</source>
        <translation>wie das Modell es sieht   I</translation>
    </message>
    <message>
        <source>Show the picture as the model sees it</source>
        <translation>Das Bild zeigen, wie das Modell es sieht</translation>
    </message>
    <message>
        <source>Drop a picture here, paste one, or open one with Ctrl+O.</source>
        <translation>Ein Bild hierher ziehen, einfügen oder mit Strg+O öffnen.</translation>
    </message>
    <message>
        <source>Open pictures…</source>
        <translation>Bilder öffnen…</translation>
    </message>
    <message>
        <source>Under the mouse</source>
        <translation>Unter der Maus</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>Zoom</translation>
    </message>
    <message>
        <source>%1 × %2</source>
        <translation>%1 × %2</translation>
    </message>
    <message>
        <source>overlay %1</source>
        <translation>Überlagerung %1</translation>
    </message>
    <message>
        <source>Memor&amp;y for pictures…</source>
        <translation>Speicher für B&amp;ilder…</translation>
    </message>
    <message>
        <source>Memory for pictures</source>
        <translation>Speicher für Bilder</translation>
    </message>
    <message>
        <source>What open pictures may take, in MB. Those that were looked at longest ago are read again when they are needed.</source>
        <translation>Wie viel offene Bilder belegen dürfen, in MB. Am längsten nicht angesehene werden bei Bedarf neu gelesen.</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::Menus</name>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Model</source>
        <translation>&amp;Modell</translation>
    </message>
    <message>
        <source>&amp;Inspect</source>
        <translation>&amp;Untersuchen</translation>
    </message>
    <message>
        <source>&amp;Window</source>
        <translation>&amp;Fenster</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::Messages</name>
    <message>
        <source>Messages</source>
        <translation>Meldungen</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Dismiss this message</source>
        <translation>Diese Meldung schließen</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::ModelButton</name>
    <message>
        <source>Choose the model that answers</source>
        <translation>Das Modell wählen, das antwortet</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>Kein Modell</translation>
    </message>
    <message>
        <source>Loading %1</source>
        <translation>%1 wird geladen</translation>
    </message>
    <message>
        <source>Model: %1 %2</source>
        <translation>Modell: %1 %2</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::ModelsPanel</name>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>Known models</source>
        <translation>Bekannte Modelle</translation>
    </message>
    <message>
        <source>Add a folder…</source>
        <translation>Ordner hinzufügen…</translation>
    </message>
    <message>
        <source>Add a GGUF file…</source>
        <translation>GGUF-Datei hinzufügen…</translation>
    </message>
    <message>
        <source>Or drop a checkpoint&apos;s folder here. It is used where it lies.</source>
        <translation>Oder den Ordner eines Checkpoints hierher ziehen. Er wird benutzt, wo er liegt.</translation>
    </message>
    <message>
        <source>Facts about the model</source>
        <translation>Angaben zum Modell</translation>
    </message>
    <message>
        <source>What was found in the folder</source>
        <translation>Was im Ordner gefunden wurde</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Found in the folder</source>
        <translation>Im Ordner gefunden</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>How weights are held. “As it fits” chooses bf16 where the processor is fast at it, else fp32.</source>
        <translation>Wie Gewichte gehalten werden. „Passend“ wählt bf16, wo der Prozessor damit schnell ist, sonst fp32.</translation>
    </message>
    <message>
        <source>As it fits</source>
        <translation>Passend</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>Graphics card (CUDA)</source>
        <translation>Grafikkarte (CUDA)</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>Laden</translation>
    </message>
    <message>
        <source>Quantise</source>
        <translation>Quantisieren</translation>
    </message>
    <message>
        <source>Write a smaller copy beside the original</source>
        <translation>Eine kleinere Kopie neben das Original schreiben</translation>
    </message>
    <message>
        <source>int8: half of bf16, nearly the same answers</source>
        <translation>int8: halb so groß wie bf16, fast dieselben Antworten</translation>
    </message>
    <message>
        <source>int4: the smallest</source>
        <translation>int4: am kleinsten</translation>
    </message>
    <message>
        <source>Check every value</source>
        <translation>Jeden Wert prüfen</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Take it off this list; its files stay</source>
        <translation>Von dieser Liste nehmen; seine Dateien bleiben</translation>
    </message>
    <message>
        <source>Add a checkpoint’s folder</source>
        <translation>Ordner eines Checkpoints hinzufügen</translation>
    </message>
    <message>
        <source>Add a GGUF file</source>
        <translation>GGUF-Datei hinzufügen</translation>
    </message>
    <message>
        <source>GGUF files (*.gguf)</source>
        <translation>GGUF-Dateien (*.gguf)</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>Kein Modell</translation>
    </message>
    <message>
        <source>Add a checkpoint’s folder.</source>
        <translation>Den Ordner eines Checkpoints hinzufügen.</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>Ort</translation>
    </message>
    <message>
        <source>  (comes with the program)</source>
        <translation>  (kommt mit dem Programm)</translation>
    </message>
    <message>
        <source>Family</source>
        <translation>Familie</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>Weights on disk</source>
        <translation>Gewichte auf der Platte</translation>
    </message>
    <message>
        <source>Memory needed</source>
        <translation>Benötigter Speicher</translation>
    </message>
    <message>
        <source>Memory free</source>
        <translation>Freier Speicher</translation>
    </message>
    <message>
        <source>Loaded as</source>
        <translation>Geladen als</translation>
    </message>
    <message>
        <source>Because</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>The program ended while it was loading this model. Check every value first, or load it once more; other programs that take memory are best closed before.</source>
        <translation>Das Programm endete, während es dieses Modell lud. Zuerst jeden Wert prüfen oder es noch einmal laden; andere Programme, die viel Speicher belegen, vorher am besten schließen.</translation>
    </message>
    <message>
        <source>Load again</source>
        <translation>Neu laden</translation>
    </message>
    <message>
        <source>Load anyway</source>
        <translation>Trotzdem laden</translation>
    </message>
    <message>
        <source>Everything that loading needs is here.</source>
        <translation>Alles, was zum Laden nötig ist, ist da.</translation>
    </message>
    <message>
        <source>Graphics card %1 (CUDA)</source>
        <translation>Grafikkarte %1 (CUDA)</translation>
    </message>
    <message>
        <source>Knows</source>
        <translation>Kennt</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::Notice</name>
    <message>
        <source>Message</source>
        <translation>Meldung</translation>
    </message>
    <message>
        <source>Close the message</source>
        <translation>Meldung schließen</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::NoticeBar</name>
    <message>
        <source>Message</source>
        <translation>Meldung</translation>
    </message>
    <message>
        <source>Close the message</source>
        <translation>Meldung schließen</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more</source>
        <translation>
            <numerusform>… und %n weitere</numerusform>
            <numerusform>… und %n weitere</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::OpenPicturesModel</name>
    <message>
        <source>%1, %2 × %3</source>
        <translation>%1, %2 × %3</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::OpenVideo</name>
    <message>
        <source>Reading %1</source>
        <translation>%1 wird gelesen</translation>
    </message>
    <message>
        <source>Choosing frames</source>
        <translation>Einzelbilder werden gewählt</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::PictureIntake</name>
    <message>
        <source>the pasted pixels cannot be packed as a picture</source>
        <translation>Das Eingefügte lässt sich nicht als Bild ablegen</translation>
    </message>
    <message>
        <source>Save them to a file and open that.</source>
        <translation>Es in einer Datei speichern und diese öffnen.</translation>
    </message>
    <message>
        <source>pasted %1.png</source>
        <translation>eingefügt %1.png</translation>
    </message>
    <message>
        <source>Looking for pictures</source>
        <translation>Bilder werden gesucht</translation>
    </message>
    <message>
        <source>%1 holds no pictures. Open a folder with PNG, JPEG, WebP, GIF, BMP or TIFF files.</source>
        <translation>%1 enthält keine Bilder. Einen Ordner mit PNG-, JPEG-, WebP-, GIF-, BMP- oder TIFF-Dateien öffnen.</translation>
    </message>
    <message numerus="yes">
        <source>Opened the first %1 of %n picture(s). Open the others in smaller groups.</source>
        <translation>
            <numerusform>Das erste (%1) von %n Bild geöffnet. Die übrigen in kleineren Gruppen öffnen.</numerusform>
            <numerusform>Die ersten %1 von %n Bildern geöffnet. Die übrigen in kleineren Gruppen öffnen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Opened the first of %n video(s); one can be open at a time.</source>
        <translation>
            <numerusform>Das erste von %n Video geöffnet; es kann nur eines offen sein.</numerusform>
            <numerusform>Das erste von %n Videos geöffnet; es kann nur eines offen sein.</numerusform>
        </translation>
    </message>
    <message>
        <source>There is no picture to paste. Copy a picture or a picture file first.</source>
        <translation>Es gibt kein Bild zum Einfügen. Zuerst ein Bild oder eine Bilddatei kopieren.</translation>
    </message>
    <message>
        <source>Reading pasted pixels</source>
        <translation>Eingefügtes Bild wird gelesen</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::PictureStrip</name>
    <message>
        <source>Open pictures</source>
        <translation>Bilder öffnen</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::PictureView</name>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Arrow keys move the picture; with Ctrl they move the selected patch.</source>
        <translation>Pfeiltasten verschieben das Bild, mit Strg den ausgewählten Patch.</translation>
    </message>
    <message>
        <source>patch row %1, column %2</source>
        <translation>Patch Zeile %1, Spalte %2</translation>
    </message>
    <message>
        <source>value %1</source>
        <translation>Wert %1</translation>
    </message>
    <message>
        <source>pixel %1, %2</source>
        <translation>Pixel %1, %2</translation>
    </message>
    <message>
        <source>padding</source>
        <translation>Auffüllung</translation>
    </message>
    <message>
        <source>Remove region %1</source>
        <translation>Bereich %1 entfernen</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::Pictures</name>
    <message>
        <source>Reading %1</source>
        <translation>%1 wird gelesen</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::PreparedPictures</name>
    <message>
        <source>Preparing %1</source>
        <translation>%1 wird vorbereitet</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::Regions</name>
    <message>
        <source>mark a region</source>
        <translation>Bereich markieren</translation>
    </message>
    <message>
        <source>remove a region</source>
        <translation>Bereich entfernen</translation>
    </message>
    <message>
        <source>remove all regions</source>
        <translation>alle Bereiche entfernen</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::SampleCard</name>
    <message>
        <source>%1: ask “%2”</source>
        <translation>%1: „%2“ fragen</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::ScorePlot</name>
    <message>
        <source>cannot be written: %1</source>
        <translation>lässt sich nicht schreiben: %1</translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation>Einen anderen Ordner wählen.</translation>
    </message>
    <message>
        <source>Score of each frame over time</source>
        <translation>Maß jedes Einzelbilds im Zeitverlauf</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>Sekunden</translation>
    </message>
    <message>
        <source>Written: %1</source>
        <translation>Geschrieben: %1</translation>
    </message>
    <message>
        <source>Score over time</source>
        <translation>Maß im Zeitverlauf</translation>
    </message>
    <message>
        <source>similarity to the patch</source>
        <translation>Ähnlichkeit zum Patch</translation>
    </message>
    <message>
        <source>similarity to words</source>
        <translation>Ähnlichkeit zu Wörtern</translation>
    </message>
    <message>
        <source>agreement with a text</source>
        <translation>Übereinstimmung mit einem Text</translation>
    </message>
    <message>
        <source>log-probability of an answer</source>
        <translation>Log-Wahrscheinlichkeit einer Antwort</translation>
    </message>
    <message>
        <source>question</source>
        <translation>Frage</translation>
    </message>
    <message>
        <source>Question that is answered</source>
        <translation>Frage, die beantwortet wird</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>Messen</translation>
    </message>
    <message>
        <source>words</source>
        <translation>Wörter</translation>
    </message>
    <message>
        <source>text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>answer</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>Click a patch of a frame’s map first</source>
        <translation>Erst auf einen Patch in der Karte eines Einzelbilds klicken</translation>
    </message>
    <message>
        <source>Measuring over time</source>
        <translation>Zeitverlauf wird gemessen</translation>
    </message>
    <message>
        <source>There is nothing to export yet: measure a score first.</source>
        <translation>Noch nichts zu exportieren: erst ein Maß berechnen.</translation>
    </message>
    <message>
        <source>Writing %1</source>
        <translation>%1 wird geschrieben</translation>
    </message>
    <message>
        <source>Export the plot</source>
        <translation>Diagramm exportieren</translation>
    </message>
    <message>
        <source>%1 cannot be written. Choose another folder.</source>
        <translation>%1 lässt sich nicht schreiben. Bitte einen anderen Ordner wählen.</translation>
    </message>
    <message>
        <source>Choose a score and measure it:
its curve appears here.</source>
        <translation>Ein Maß wählen und messen:
seine Kurve erscheint hier.</translation>
    </message>
    <message>
        <source>cosine similarity</source>
        <translation>Kosinusähnlichkeit</translation>
    </message>
    <message>
        <source>log-probability</source>
        <translation>Log-Wahrscheinlichkeit</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::SecondModelBar</name>
    <message>
        <source>Choose the second model</source>
        <translation>Zweites Modell wählen</translation>
    </message>
    <message>
        <source>Another model’s folder…</source>
        <translation>Ordner eines anderen Modells…</translation>
    </message>
    <message>
        <source>A model’s folder</source>
        <translation>Ordner eines Modells</translation>
    </message>
    <message>
        <source>looking at it</source>
        <translation>wird angesehen</translation>
    </message>
    <message>
        <source>Looking at %1</source>
        <translation>%1 wird angesehen</translation>
    </message>
    <message>
        <source>needs %1 in %2</source>
        <translation>braucht %1 in %2</translation>
    </message>
    <message>
        <source>needs at most %1</source>
        <translation>braucht höchstens %1</translation>
    </message>
    <message>
        <source>; %1 are free</source>
        <translation>; %1 sind frei</translation>
    </message>
    <message>
        <source>Choose a second model</source>
        <translation>Ein zweites Modell wählen</translation>
    </message>
    <message>
        <source>Let go of it</source>
        <translation>Freigeben</translation>
    </message>
    <message>
        <source>Load it</source>
        <translation>Laden</translation>
    </message>
    <message>
        <source>Frees the memory of the second model</source>
        <translation>Gibt den Speicher des zweiten Modells frei</translation>
    </message>
    <message>
        <source>Loads it beside the model that is loaded</source>
        <translation>Lädt es neben dem geladenen Modell</translation>
    </message>
    <message>
        <source>loading</source>
        <translation>wird geladen</translation>
    </message>
    <message>
        <source>holds %1 (%2)</source>
        <translation>belegt %1 (%2)</translation>
    </message>
    <message>
        <source>It is loaded only when you ask for it; what it needs is said before.</source>
        <translation>Wird nur auf Wunsch geladen; der Bedarf wird vorher genannt.</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::SeenPictures</name>
    <message>
        <source>Fitting %1 to the model</source>
        <translation>%1 wird an das Modell angepasst</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::ShortcutSheet</name>
    <message>
        <source>Shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>Every command and its shortcut</source>
        <translation>Alle Befehle und ihre Tastenkürzel</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::Thumbnails</name>
    <message>
        <source>Making a small picture</source>
        <translation>Vorschaubild wird erzeugt</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::TokenCounter</name>
    <message>
        <source>Counting tokens</source>
        <translation>Tokens werden gezählt</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::TranscriptModel</name>
    <message>
        <source>System prompt</source>
        <translation>System-Prompt</translation>
    </message>
    <message>
        <source>You</source>
        <translation>Frage</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>Aufgabe</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::TranscriptView</name>
    <message>
        <source>Copy the text</source>
        <translation>Text kopieren</translation>
    </message>
    <message>
        <source>Copy the code</source>
        <translation>Code kopieren</translation>
    </message>
    <message>
        <source>Answer once more; this answer stays as a branch</source>
        <translation>Erneut antworten; diese Antwort bleibt als Zweig</translation>
    </message>
    <message>
        <source>Change the question; the old one stays as a branch</source>
        <translation>Frage ändern; die alte bleibt als Zweig</translation>
    </message>
    <message>
        <source>The branch before</source>
        <translation>Der Zweig davor</translation>
    </message>
    <message>
        <source>The next branch</source>
        <translation>Der nächste Zweig</translation>
    </message>
    <message>
        <source>Show the picture</source>
        <translation>Bild zeigen</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>Unterhaltung</translation>
    </message>
    <message>
        <source>answering</source>
        <translation>antwortet</translation>
    </message>
    <message numerus="yes">
        <source> · %Ln token(s)</source>
        <translation>
            <numerusform> · %Ln Token</numerusform>
            <numerusform> · %Ln Tokens</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::VideoBar</name>
    <message>
        <source>%1 · frame %2</source>
        <translation>%1 · Einzelbild %2</translation>
    </message>
    <message>
        <source>Frame of the video</source>
        <translation>Einzelbild des Videos</translation>
    </message>
    <message>
        <source>One frame back (,)</source>
        <translation>Ein Einzelbild zurück (,)</translation>
    </message>
    <message>
        <source>Play or pause (K)</source>
        <translation>Abspielen oder anhalten (K)</translation>
    </message>
    <message>
        <source>One frame on (.)</source>
        <translation>Ein Einzelbild vor (.)</translation>
    </message>
    <message>
        <source>Close the video</source>
        <translation>Video schließen</translation>
    </message>
    <message>
        <source>reading</source>
        <translation>wird gelesen</translation>
    </message>
    <message>
        <source>reading %1 %</source>
        <translation>wird gelesen: %1 %</translation>
    </message>
    <message>
        <source>Mark the frame, or take it back: it becomes a picture (S)</source>
        <translation>Einzelbild merken oder zurücknehmen: es wird ein Bild (S)</translation>
    </message>
    <message>
        <source>How frames are chosen</source>
        <translation>Wie Einzelbilder gewählt werden</translation>
    </message>
    <message>
        <source>evenly spread</source>
        <translation>gleichmäßig verteilt</translation>
    </message>
    <message>
        <source>every</source>
        <translation>alle</translation>
    </message>
    <message>
        <source>where scenes change by</source>
        <translation>bei Szenenwechsel ab</translation>
    </message>
    <message>
        <source>Mark frames</source>
        <translation>Einzelbilder merken</translation>
    </message>
    <message>
        <source>Marks frames by this rule: they become pictures and go with the next question</source>
        <translation>Merkt Einzelbilder nach dieser Regel: sie werden Bilder und gehen mit der nächsten Frage</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>Zurücknehmen</translation>
    </message>
    <message>
        <source>Take all marks back</source>
        <translation>Alle Markierungen zurücknehmen</translation>
    </message>
    <message>
        <source> frames</source>
        <translation> Einzelbilder</translation>
    </message>
    <message>
        <source>Frames</source>
        <translation>Einzelbilder</translation>
    </message>
    <message>
        <source> s</source>
        <translation> s</translation>
    </message>
    <message>
        <source>Seconds between two frames</source>
        <translation>Sekunden zwischen zwei Einzelbildern</translation>
    </message>
    <message>
        <source>Change of the picture that begins a scene, 0 to 1</source>
        <translation>Änderung des Bildes, mit der eine Szene beginnt, 0 bis 1</translation>
    </message>
    <message>
        <source>choosing</source>
        <translation>wählt aus</translation>
    </message>
    <message numerus="yes">
        <source>This rule marks %n frame(s); at most %1 can be marked. Choose a longer time or a larger change.</source>
        <translation>
            <numerusform>Diese Regel merkt %n Einzelbild; höchstens %1 sind möglich. Eine längere Zeit oder eine größere Änderung wählen.</numerusform>
            <numerusform>Diese Regel merkt %n Einzelbilder; höchstens %1 sind möglich. Eine längere Zeit oder eine größere Änderung wählen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n marked</source>
        <translation>
            <numerusform>%n gemerkt</numerusform>
            <numerusform>%n gemerkt</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::VideoStrip</name>
    <message>
        <source>Thumbnails of the video</source>
        <translation>Vorschaubilder des Videos</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::Welcome</name>
    <message>
        <source>Start</source>
        <translation>Start</translation>
    </message>
    <message>
        <source>Ask about a picture</source>
        <translation>Zu einem Bild fragen</translation>
    </message>
    <message>
        <source>Drop pictures, a folder or a model anywhere on this window, or paste a picture.</source>
        <translation>Bilder, einen Ordner oder ein Modell irgendwo auf dieses Fenster ziehen, oder ein Bild einfügen.</translation>
    </message>
    <message>
        <source>Open pictures…</source>
        <translation>Bilder öffnen…</translation>
    </message>
    <message>
        <source>or try one of these</source>
        <translation>oder eines von diesen ausprobieren</translation>
    </message>
    <message>
        <source>Reading %1</source>
        <translation>%1 wird gelesen</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::WordFlow</name>
    <message>
        <source>Change of each word&apos;s log-probability</source>
        <translation>Änderung der Log-Wahrscheinlichkeit jedes Wortes</translation>
    </message>
    <message>
        <source>“%1”: log-probability %2</source>
        <translation>„%1“: Log-Wahrscheinlichkeit %2</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::WordMaps</name>
    <message>
        <source>Finding the answer&apos;s words in the picture</source>
        <translation>Wörter der Antwort werden im Bild gesucht</translation>
    </message>
</context>
<context>
    <name>fusionscope::ui::Worker</name>
    <message>
        <source>no model is loaded</source>
        <translation>Es ist kein Modell geladen</translation>
    </message>
    <message>
        <source>Choose one under Model.</source>
        <translation>Unter Modell eines wählen.</translation>
    </message>
    <message>
        <source>There was not enough memory. Close other programs or use a smaller model.</source>
        <translation>Der Speicher reichte nicht. Andere Programme schließen oder ein kleineres Modell benutzen.</translation>
    </message>
</context>
</TS>
