#include "ui/models/known_models.h"

#include <QAbstractItemModelTester>
#include <QAbstractItemView>
#include <QDir>
#include <QFile>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "ui/common/workspace.h"
#include "ui/models/model_button.h"
#include "ui/models/models_panel.h"

using namespace fusionscope;
using namespace fusionscope::ui;

class KnownModelsTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void init() { QSettings().clear(); }
    void hasTheBundledModelFirstAndKeepsIt();
    void keepsTheRulesOfItemModels();
    void remembersFoldersButNotTheirFiles();
    void saysWhatIsWrongWithAFolder_data();
    void saysWhatIsWrongWithAFolder();
    void loadsAndSaysSo();
    void asksBeforeLoadingWhatCrashedTheProgram();
    void forgetsACrashWhenLoadingEnds();
    void takesClosingWhileLoadingForNoCrash();
    void quantisesBesideTheOriginal();
    void buttonNamesTheModelThatAnswers();
    void panelShowsEveryFinding();

  private:
    static QString golden() { return QString(FUSIONSCOPE_SOURCE_DIR) + "/tests/golden/llama/llama3-untied-sharded/model"; }
    QTemporaryDir m_folder;
};

namespace {

bool awaitState(KnownModels& models, int row, ModelState state) {
    return QTest::qWaitFor([&] { return models.stateOf(row) == state; }, 60'000);
}

bool awaitReport(KnownModels& models, int row) {
    return QTest::qWaitFor([&] { return models.at(row).report != nullptr; }, 60'000);
}

}  // namespace

void KnownModelsTest::initTestCase() {
    QCoreApplication::setOrganizationName("fusionscope-tests");
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
}

void KnownModelsTest::hasTheBundledModelFirstAndKeepsIt() {
    Workspace workspace;
    KnownModels models(workspace);
    QCOMPARE(models.rowCount(), 1);
    QVERIFY(models.at(0).bundled);
    QVERIFY(awaitState(models, 0, ModelState::Usable));
    QCOMPARE(models.title(0), "Florence-VL nano");
    models.remove(0);
    QCOMPARE(models.rowCount(), 1);
}

void KnownModelsTest::keepsTheRulesOfItemModels() {
    Workspace workspace;
    KnownModels models(workspace);
    const QAbstractItemModelTester tester(&models, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const int row = models.add(golden());
    QVERIFY(awaitReport(models, row));
    QCOMPARE(models.stateOf(row), ModelState::Refused);  // it has no tokenizer
    QCOMPARE(models.add(golden() + "/"), row);
    models.remove(row);
    QCOMPARE(models.rowCount(), 1);
}

void KnownModelsTest::remembersFoldersButNotTheirFiles() {
    {
        Workspace workspace;
        KnownModels(workspace).add(golden());
    }
    Workspace workspace;
    KnownModels models(workspace);
    QCOMPARE(models.rowCount(), 2);
    QCOMPARE(models.at(1).path, golden());
    models.remove(1);
    QVERIFY(QDir(golden()).exists("config.json"));
    QCOMPARE(KnownModels(workspace).rowCount(), 1);
}

void KnownModelsTest::saysWhatIsWrongWithAFolder_data() {
    QTest::addColumn<QString>("make");
    QTest::newRow("not there") << "";
    QTest::newRow("empty") << "empty";
    QTest::newRow("configuration that is no JSON") << "nonsense";
}

void KnownModelsTest::saysWhatIsWrongWithAFolder() {
    QFETCH(QString, make);
    const auto path = m_folder.filePath("wrong-" + make);
    if (!make.isEmpty()) QVERIFY(QDir().mkpath(path));
    if (make == "nonsense") {
        QFile config(path + "/config.json");
        QVERIFY(config.open(QIODevice::WriteOnly));
        config.write("{{{");
    }
    Workspace workspace;
    KnownModels models(workspace);
    const int row = models.add(path);
    QVERIFY(awaitState(models, row, ModelState::Refused));
    const auto& model = models.at(row);
    QVERIFY(!model.problem.isEmpty() || (model.report && !model.report->findings.empty()));
    QVERIFY(!models.data(models.index(row), KnownModels::DescriptionRole).toString().isEmpty());
}

void KnownModelsTest::loadsAndSaysSo() {
    Workspace workspace;
    KnownModels models(workspace);
    models.load(models.bundled());
    QCOMPARE(models.stateOf(0), ModelState::Loading);
    QCOMPARE(QSettings().value("models/loading").toString(), models.bundled());
    QVERIFY(awaitState(models, 0, ModelState::Loaded));
    QVERIFY(!QSettings().contains("models/loading"));
    QCOMPARE(models.lastUsed(), models.bundled());
}

void KnownModelsTest::asksBeforeLoadingWhatCrashedTheProgram() {
    QSettings().setValue("models/folders", QStringList(golden()));
    QSettings().setValue("models/loading", golden());  // as a program leaves it that ended while loading
    Workspace workspace;
    KnownModels models(workspace);
    const int row = models.rowOf(golden());
    QCOMPARE(models.stateOf(row), ModelState::Crashed);
    QSignalSpy asked(&models, &KnownModels::crashedBefore);
    models.load(golden());
    QCOMPARE(asked.size(), 1);
    QVERIFY(!workspace.model.isLoading());
    models.loadAnyway(golden());
    QVERIFY(awaitState(models, row, ModelState::Loaded));
    models.load(golden());
    QCOMPARE(asked.size(), 1);
    QVERIFY(awaitState(models, row, ModelState::Loaded));
}

void KnownModelsTest::forgetsACrashWhenLoadingEnds() {
    const auto path = m_folder.filePath("missing");
    Workspace workspace;
    KnownModels models(workspace);
    QSignalSpy failed(&workspace.model, &CurrentModel::failed);
    models.load(path);
    QTRY_COMPARE(failed.size(), 1);
    QVERIFY(!failed.front()[1].toString().isEmpty());
    QVERIFY(!QSettings().contains("models/loading"));
    QVERIFY(awaitState(models, models.rowOf(path), ModelState::Refused));  // the folder is looked at in its own thread
}

void KnownModelsTest::takesClosingWhileLoadingForNoCrash() {
    {
        Workspace workspace;
        KnownModels models(workspace);
        models.load(models.bundled());
        workspace.shutDown();
    }
    Workspace workspace;
    const KnownModels models(workspace);
    QVERIFY(models.stateOf(0) != ModelState::Crashed);
}

void KnownModelsTest::quantisesBesideTheOriginal() {
    const auto original = m_folder.filePath("small");
    QVERIFY(QDir().mkpath(original));
    for (const auto& file : QDir(golden()).entryInfoList(QDir::Files))
        QVERIFY(QFile::copy(file.filePath(), original + '/' + file.fileName()));
    Workspace workspace;
    KnownModels models(workspace);
    const int row = models.add(original);
    QVERIFY(awaitReport(models, row));
    const auto made = models.quantise(row, engine::Precision::Int8);
    QCOMPARE(made, original + "-int8");
    QTRY_VERIFY_WITH_TIMEOUT(models.rowOf(made) >= 0, 60'000);
    QVERIFY(awaitReport(models, models.rowOf(made)));
    QCOMPARE(models.at(models.rowOf(made)).report->family, std::string("llama"));
    QCOMPARE(models.quantise(row, engine::Precision::Int8), original + "-int8-2");
}

void KnownModelsTest::buttonNamesTheModelThatAnswers() {
    Workspace workspace;
    KnownModels models(workspace);
    const ModelButton button(workspace, models);
    QVERIFY(button.text().contains("No model"));
    models.load(models.bundled());
    QVERIFY(button.text().contains("Loading"));
    QVERIFY(awaitState(models, 0, ModelState::Loaded));
    QVERIFY2(button.text().contains("Florence-VL nano") && button.text().contains("CPU"), qPrintable(button.text()));
}

void KnownModelsTest::panelShowsEveryFinding() {
    Workspace workspace;
    KnownModels models(workspace);
    ModelsPanel panel(workspace, models);
    panel.show();
    panel.add(golden());
    const int row = models.rowOf(golden());
    QVERIFY(awaitReport(models, row));
    auto* list = panel.findChild<QAbstractItemView*>("findings");
    QVERIFY(list);
    const auto& report = *models.at(row).report;
    QVERIFY(list->model()->rowCount() >= static_cast<int>(report.findings.size() + report.files.size()));
    workspace.shutDown();
}

QTEST_MAIN(KnownModelsTest)
#include "known_models_test.moc"
