#include <QtTest>

#include "tests/app/program.h"

/// How the program behaves before any model is involved: help, wrong usage, exit codes, one-sentence errors.
class CommandLine : public QObject {
    Q_OBJECT

    static QStringList commandNames() {
        return {"chat", "task", "maps", "align", "ablate", "trace", "info", "verify", "convert", "demo", "tokenize", "template", "preprocess"};
    }

    static void compareIsOneSentence(const QByteArray& text) {
        QVERIFY2(text.endsWith('\n') && text.count('\n') == 1, text);
        QVERIFY2(text.size() < 600, text);
    }

  private slots:
    void helpNamesEveryCommand() {
        const auto run = runProgram({"--help"});
        QCOMPARE(run.code, 0);
        for (const auto& name : commandNames()) QVERIFY2(run.out.contains(name.toUtf8()), qPrintable(name));
        QVERIFY(run.out.contains("Exit codes: 0 done, 1 refused input, 2 wrong usage, 3 stopped"));
    }

    void helpOfEveryCommandHasAnExample_data() {
        QTest::addColumn<QString>("command");
        for (const auto& name : commandNames()) QTest::newRow(qPrintable(name)) << name;
    }
    void helpOfEveryCommandHasAnExample() {
        QFETCH(QString, command);
        const auto run = runProgram({command, "--help"});
        QCOMPARE(run.code, 0);
        QVERIFY(run.err.isEmpty());
        QVERIFY2(run.out.contains("Example:\n  fusionscope-cli " + command.toUtf8() + " "), run.out);
    }

    void refusesWrongUsage_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("no command") << QStringList{} << QByteArray("subcommand");
        QTest::newRow("unknown command") << QStringList{"paint"} << QByteArray("paint");
        QTest::newRow("unknown option") << QStringList{"chat", "--colour"} << QByteArray("--colour");
        QTest::newRow("missing argument") << QStringList{"maps", "a.png"} << QByteArray("--out");
        QTest::newRow("missing value") << QStringList{"chat", "--model"} << QByteArray("--model");
        QTest::newRow("unknown type") << QStringList{"chat", "--dtype", "fp8", "x"} << QByteArray("fp8");
        QTest::newRow("unknown kind") << QStringList{"maps", "a.png", "--out", "o", "--kind", "jet"} << QByteArray("jet");
        QTest::newRow("unknown block") << QStringList{"chat", "--block-order", "V,sound"} << QByteArray("sound");
        QTest::newRow("block twice") << QStringList{"chat", "--block-order", "V,V"} << QByteArray("twice");
        QTest::newRow("unknown template") << QStringList{"chat", "--template", "vicuna"} << QByteArray("vicuna");
        QTest::newRow("row without text") << QStringList{"trace", "--list", "--row", "mine"} << QByteArray("NAME=TEXT");
        QTest::newRow("place") << QStringList{"maps", "a.png", "--out", "o", "--at", "3,left"} << QByteArray("left");
        QTest::newRow("greedy and hot") << QStringList{"chat", "--greedy", "--temperature", "1"} << QByteArray("--greedy");
        QTest::newRow("temperature") << QStringList{"chat", "--temperature", "-1"} << QByteArray("--temperature");
        QTest::newRow("top-p") << QStringList{"chat", "--top-p", "1.5"} << QByteArray("--top-p");
        QTest::newRow("unknown lookup") << QStringList{"chat", "--lookup", "maybe", "x"} << QByteArray("maybe");
        QTest::newRow("not a number") << QStringList{"chat", "--max-new-tokens", "many"} << QByteArray("many");
        QTest::newRow("trace of nothing") << QStringList{"trace", "--out", "x"} << QByteArray("--image");
        QTest::newRow("trace to nowhere") << QStringList{"trace", "--prompt", "x"} << QByteArray("--out");
        QTest::newRow("task without picture") << QStringList{"task"} << QByteArray("IMAGE");
        QTest::newRow("ablate without question") << QStringList{"ablate", "--image", "a.png"} << QByteArray("--prompt");
        const QStringList ablate{"ablate", "--image", "a.png", "--prompt", "x"};
        QTest::newRow("region") << ablate + QStringList{"--region", "1,2,3"} << QByteArray("1,2,3");
        QTest::newRow("region of no size") << ablate + QStringList{"--region", "1,2,0,4"} << QByteArray("1,2,0,4");
        QTest::newRow("channels") << ablate + QStringList{"--channels", "9-3"} << QByteArray("9-3");
        QTest::newRow("off") << ablate + QStringList{"--off", "sound"} << QByteArray("sound");
        QTest::newRow("picture without file") << ablate + QStringList{"--fill", "picture"} << QByteArray("--fill picture FILE");
        QTest::newRow("file without picture") << ablate + QStringList{"--fill", "zero", "b.png"} << QByteArray("only picture");
        QTest::newRow("layer without picture") << QStringList{"align", "--layer", "norm"} << QByteArray("--image");
        QTest::newRow("picture without text") << QStringList{"align", "--image", "a.png"} << QByteArray("--text");
        QTest::newRow("two sources") << QStringList{"trace", "--image", "a", "--inputs", "b", "--out", "c"}
                                     << QByteArray("--image");
    }
    void refusesWrongUsage() {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, says);
        const auto run = runProgram(arguments);
        QVERIFY(run.ended);
        QCOMPARE(run.code, 2);
        QVERIFY2(run.out.isEmpty(), run.out);
        compareIsOneSentence(run.err);
        QVERIFY2(run.err.contains(says), run.err);
    }

    void refusesInputInOneSentence_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("says");
        const auto picture = source("tests/golden/nano/case_00.png");
        QTest::newRow("no such model") << QStringList{"chat", "--model", "/no/such/model", "hi"} << QByteArray("/no/such/model");
        QTest::newRow("no such folder") << QStringList{"info", "/no/such/model"} << QByteArray("/no/such/model");
        QTest::newRow("no such picture") << QStringList{"chat", "--image", "/no/picture.png", "hi"} << QByteArray("/no/picture.png");
        QTest::newRow("picture is text") << QStringList{"chat", "--image", source("LICENSE"), "hi"} << QByteArray("LICENSE");
        QTest::newRow("no device") << QStringList{"chat", "--device", "abacus", "hi"} << QByteArray("abacus");
        QTest::newRow("unknown task") << QStringList{"task", "--task", "<DANCE>", picture} << QByteArray("DANCE");
        QTest::newRow("not a Florence-2") << QStringList{"task", "--model", source("tests/golden/smolvlm/smolvlm-256m-layout/model"), picture}
                                          << QByteArray("Florence-2");
        QTest::newRow("no row") << QStringList{"maps", picture, "--rows", "smell", "--out", "o"} << QByteArray("Rows: ");
        QTest::newRow("outside") << QStringList{"maps", picture, "--kind", "similarity", "--at", "9000,1", "--out", "o"}
                                 << QByteArray("9000");
        QTest::newRow("no activation") << QStringList{"trace", "--image", picture, "--select", "ear/*", "--out", "o"}
                                       << QByteArray("trace --list");
        QTest::newRow("no inputs") << QStringList{"trace", "--inputs", "/no/inputs", "--out", "o"} << QByteArray("/no/inputs");
        QTest::newRow("no pairs to align") << QStringList{"align", "--pairs", "/no/pairs"} << QByteArray("/no/pairs");
        QTest::newRow("no such part") << QStringList{"align", "--parts", "smell"} << QByteArray("without ocr");
        QTest::newRow("depth") << QStringList{"align", "--depth", "3"} << QByteArray("1 or 2");
        QTest::newRow("no such layer") << QStringList{"align", "--image", picture, "--text", "x", "--layer", "ear"} << QByteArray("layer0");
        QTest::newRow("fill") << QStringList{"ablate", "--image", picture, "--prompt", "x", "--fill", "noise"} << QByteArray("noise");
        QTest::newRow("region outside") << QStringList{"ablate", "--image", picture, "--prompt", "x", "--region", "900,1,9,9"}
                                        << QByteArray("900");
        QTest::newRow("no pairs") << QStringList{"verify", "--variants", "/no/pairs"} << QByteArray("/no/pairs");
    }
    void refusesInputInOneSentence() {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, says);
        const auto run = runProgram(arguments);
        QVERIFY(run.ended);
        QCOMPARE(run.code, 1);
        QVERIFY2(run.out.isEmpty(), run.out);
        compareIsOneSentence(run.err);
        QVERIFY2(run.err.startsWith("fusionscope-cli: "), run.err);
        QVERIFY2(run.err.contains(says), run.err);
    }

    void refusesLinesThatAreNoJson() {
        const auto run = runProgram({"tokenize"}, "\"one\"\nnot json\n");
        QCOMPARE(run.code, 1);
        QVERIFY2(run.err.contains("line 2"), run.err);
        QCOMPARE(run.out.count('\n'), 1);  // what came before the bad line was answered
    }

    void saysItsVersion() {
        const auto run = runProgram({"--version"});
        QCOMPARE(run.code, 0);
        QVERIFY2(run.out.startsWith("Fusionscope "), run.out);
    }

    void reportsThatOutputCannotBeWritten() {
        QProcess process;
        process.setStandardOutputFile("/dev/full");
        process.start(FUSIONSCOPE_BINARY_DIR "/bin/fusionscope-cli", {"template", "--list"});
        QVERIFY(process.waitForFinished());
        QCOMPARE(process.exitCode(), 1);
        QVERIFY(process.readAllStandardError().contains("standard output"));
    }
};

QTEST_GUILESS_MAIN(CommandLine)
#include "command_line_test.moc"
