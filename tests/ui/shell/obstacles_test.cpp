#include <sys/mount.h>

#include <QDir>
#include <QFile>
#include <QPushButton>
#include <csignal>

#include "core/session/database.h"
#include "tests/small_disk.h"
#include "tests/ui/shell/program.h"
#include "tests/ui/shell/window_driver.h"
#include "tests/ui/stall_watchdog.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/notice.h"
#include "ui/media/media_panel.h"
#include "ui/media/notice_bar.h"
#include "ui/media/picture_view.h"

using namespace fusionscope;
using namespace fusionscope::tests;

/// The whole window where something around it is not as it should be.
class ObstaclesTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { QSettings().clear(); }
    void worksFromAReadOnlyDisk();
    void answersOnAFullDisk();
    void tellsThatTheDiskIsFullAndKeepsTheQuestion();
    void opensWhileAnotherProgramLocksTheHistory();
    void goesOnWithAPictureWhoseDiskWasUnplugged();

  private:
    static QString saidIn(WindowDriver& driver) {
        QStringList said = driver.window().messages().texts();
        for (const auto* notice : driver.window().findChildren<ui::Notice*>()) said += notice->sentence();
        said += driver.window().findChild<ui::NoticeBar*>()->text();
        return said.join('\n');
    }

    OwnSettings m_settings;
};

void ObstaclesTest::worksFromAReadOnlyDisk() {
    QTemporaryDir folder;
    const auto disk = folder.filePath("disk");
    QVERIFY(QDir().mkpath(disk));
    if (::mount("tmpfs", qPrintable(disk), "tmpfs", 0, "size=8m") != 0) QSKIP("no right to mount a disk");
    const auto unmount = qScopeGuard([&] { ::umount(qPrintable(disk)); });
    {
        session::Store store(disk.toStdString());
        store.append(store.create("of before").id, 0, {});
    }
    QVERIFY(QFile::copy(beach, disk + "/beach.png"));
    QCOMPARE(::mount(nullptr, qPrintable(disk), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    WindowDriver driver(disk);
    driver.start({{disk + "/beach.png"}, {}, "inspect", "What place is this?"});
    QVERIFY2(driver.awaitAnswer(20'000), qPrintable(saidIn(driver)));
    QVERIFY(driver.awaitIdle());
    QVERIFY2(saidIn(driver).contains("kept only while this window is open"), qPrintable(saidIn(driver)));
    QCOMPARE(driver.store().search({}).size(), size_t{1});
}

void ObstaclesTest::answersOnAFullDisk() {
    QTemporaryDir folder;
    QProcess process;
    process.setProcessEnvironment(offscreen(folder.filePath("settings")));
    // No file can become larger than an empty history.
    process.setChildProcessModifier([] {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{64 << 10, 64 << 10};
        ::setrlimit(RLIMIT_FSIZE, &small);
    });
    process.start(program, {"--data", folder.filePath("data"), beach, "--ask", "What place is this?", "--screenshot",
                            folder.filePath("window.bmp")});
    const auto run = finished(process);
    // The picture of the window is too large for this disk, too: the program lived until it said so.
    QCOMPARE(run.code, 1);
    QVERIFY2(run.err.contains("the picture cannot be written"), qPrintable(run.err));
}

void ObstaclesTest::tellsThatTheDiskIsFullAndKeepsTheQuestion() {
    QTemporaryDir folder;
    WindowDriver driver(folder.path());
    driver.start({{samplePicture("world-beach.png")}, {}, "inspect", {}});
    QVERIFY(driver.awaitModel());
    QVERIFY(driver.awaitIdle());
    {
        const SmallDisk disk(4096);
        driver.window().findChild<ui::ChatPanel*>()->ask("What place is this?");
        QTRY_VERIFY(!saidIn(driver).trimmed().isEmpty());
        QVERIFY(driver.awaitIdle());
    }
    QVERIFY(driver.store().search({}).empty());
    driver.window().findChild<ui::ChatPanel*>()->findChild<ui::Notice*>()->findChild<QPushButton*>()->click();
    QVERIFY(driver.awaitAnswer());
    QTRY_COMPARE(driver.store().search({.words = "place"}).size(), size_t{1});
}

void ObstaclesTest::opensWhileAnotherProgramLocksTheHistory() {
    QTemporaryDir folder;
    { session::Store store(folder.path().toStdString()); }
    session::Database other(folder.filePath("history.sqlite").toStdString(), session::Database::Mode::Write);
    other.run("BEGIN EXCLUSIVE");
    WindowDriver driver(folder.path());
    driver.start();
    QVERIFY(driver.window().isVisible());
    QTRY_VERIFY2(saidIn(driver).contains("locked by another program"), qPrintable(saidIn(driver)));
    driver.window().openAndAsk(samplePicture("world-beach.png"), "What place is this?");
    QVERIFY(driver.awaitAnswer());
}

void ObstaclesTest::goesOnWithAPictureWhoseDiskWasUnplugged() {
    QTemporaryDir folder, stick;
    const auto file = stick.filePath("beach.png"), other = stick.filePath("sea.png");
    QVERIFY(QFile::copy(samplePicture("world-beach.png"), file));
    QVERIFY(QFile::copy(samplePicture("world-sea.png"), other));
    WindowDriver driver(folder.path());
    driver.start({{file, other}, {}, "inspect", {}});
    auto& workspace = driver.workspace();
    QTRY_COMPARE(workspace.pictures.order().size(), 2);
    QVERIFY(driver.awaitModel());
    QVERIFY(driver.awaitIdle());
    QVERIFY(QDir(stick.path()).removeRecursively());
    // Its pixels are let go as well: it must come from what is left.
    workspace.pictures.setMemoryLimit(1 << 20);
    workspace.selection.setPicture(workspace.pictures.order().last());
    workspace.selection.setPicture(workspace.pictures.order().first());
    QTRY_VERIFY(driver.window().findChild<ui::PictureView*>()->pictureToView());
    driver.window().findChild<ui::ChatPanel*>()->ask("What place is this?");
    QVERIFY(driver.awaitAnswer());
    QVERIFY(driver.awaitIdle());
    QCOMPARE(saidIn(driver).trimmed(), QString());
    const auto turns = driver.store().load(driver.store().search({}).front().conversation.id).turns;
    QVERIFY(!driver.store().media().read(turns.front().pictures.front().hash).isEmpty());
    // What cannot be read any more is told.
    driver.window().openFiles({file});
    QTRY_VERIFY2(saidIn(driver).contains("beach.png"), qPrintable(saidIn(driver)));
}

QTEST_MAIN(ObstaclesTest)
#include "obstacles_test.moc"
