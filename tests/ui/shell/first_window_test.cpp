#include "ui/shell/first_window.h"

#include <QLocalSocket>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <thread>

using namespace fusionscope::ui;

class FirstWindowTest : public QObject {
    Q_OBJECT

  private slots:
    void takesARequestOverUnchanged();
    void findsNobodyWhereNobodyListens();
    void keepsHistoriesApart();
    void takesTheNameOverFromOneThatEnded();
    void survivesNonsense_data();
    void survivesNonsense();

  private:
    QTemporaryDir m_folder;
};

namespace {

const StartRequest sample{{"/pictures/a b.jpg", "/pictures/ü\n.png"}, "/models/x", "chat", "What is \"this\"?",
                          "frames", "tower/davit/stage3", "/models/y", "a cat", 8};

/// handOver() waits for the other process' answer; here that is this thread's event loop.
bool handOverFromAnotherThread(const QString& folder, const StartRequest& request) {
    bool taken = false;
    std::atomic<bool> ended = false;
    std::thread thread([&] {
        taken = FirstWindow(folder).handOver(request);
        ended = true;
    });
    const bool inTime = QTest::qWaitFor([&] { return ended.load(); }, 10'000);
    thread.join();
    return inTime && taken;
}

}  // namespace

void FirstWindowTest::takesARequestOverUnchanged() {
    FirstWindow first(m_folder.path());
    QVERIFY(first.listen());
    StartRequest received;
    connect(&first, &FirstWindow::received, this, [&](const StartRequest& request) { received = request; });
    QVERIFY(handOverFromAnotherThread(m_folder.path(), sample));
    QCOMPARE(received, sample);
}

void FirstWindowTest::findsNobodyWhereNobodyListens() { QVERIFY(!FirstWindow(m_folder.path()).handOver(sample)); }

void FirstWindowTest::keepsHistoriesApart() {
    FirstWindow first(m_folder.path());
    QVERIFY(first.listen());
    QVERIFY(!handOverFromAnotherThread(m_folder.path() + "/other", sample));
}

void FirstWindowTest::takesTheNameOverFromOneThatEnded() {
    auto* first = new FirstWindow(m_folder.path());
    QVERIFY(first->listen());
    FirstWindow second(m_folder.path());
    delete first;
    QVERIFY(second.listen());
    QVERIFY(handOverFromAnotherThread(m_folder.path(), sample));
}

void FirstWindowTest::survivesNonsense_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("no JSON") << QByteArray("hello\n");
    QTest::newRow("array") << QByteArray("[1,2]\n");
    QTest::newRow("wrong types") << QByteArray(R"({"files":{"a":1},"model":[],"layout":5})") + '\n';
    QTest::newRow("zeros") << QByteArray(1000, '\0') + '\n';
    QTest::newRow("endless line") << QByteArray(4 << 20, 'x');
}

void FirstWindowTest::survivesNonsense() {
    QFETCH(QByteArray, bytes);
    FirstWindow first(m_folder.path());
    QVERIFY(first.listen());
    QSignalSpy received(&first, &FirstWindow::received);
    QLocalSocket socket;
    socket.connectToServer(first.name());
    QVERIFY(socket.waitForConnected(2000));
    socket.write(bytes);
    QTRY_COMPARE_WITH_TIMEOUT(socket.state(), QLocalSocket::UnconnectedState, 5000);
    for (const auto& arguments : received) QVERIFY(arguments.front().value<StartRequest>().files.isEmpty());
    QVERIFY(handOverFromAnotherThread(m_folder.path(), sample));
}

QTEST_GUILESS_MAIN(FirstWindowTest)
#include "first_window_test.moc"
