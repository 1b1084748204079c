#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/engine/model.h"
#include "core/files/error.h"
#include "tests/core/models/golden.h"

using namespace fusionscope;
using namespace fusionscope::engine;

/// The Florence-2 inside a Florence-VL, in the engine.
class TowerTasksTest : public QObject {
    Q_OBJECT

    const nlohmann::json m_case = golden::json("nano/cases.json").at("cases")[0];
    std::unique_ptr<Model> m_model;
    PictureHandle m_picture;

    static LoadOptions exact() {
        LoadOptions options;
        options.precision = Precision::Fp32;
        options.threads = 1;
        return options;
    }

  private slots:
    void initTestCase() {
        m_model = Model::load(golden::nano(), exact());
        m_picture = PictureHandle::read(golden::path("nano/" + m_case.at("image").get<std::string>()));
    }

    void runsTasksBesideItsChat() {
        QVERIFY(m_model->summary().runsTasks);
        QVERIFY(m_model->summary().chats);
        QVERIFY(!m_model->chatTemplate().name().empty());
    }

    void writesTheRecordedTexts_data() {
        QTest::addColumn<QString>("task");
        QTest::addColumn<QString>("recorded");
        QTest::newRow("caption") << "<DETAILED_CAPTION>" << "cap";
        QTest::newRow("OCR") << "<OCR>" << "ocr";
        QTest::newRow("dense regions") << "<DENSE_REGION_CAPTION>" << "dense";
    }
    void writesTheRecordedTexts() {
        QFETCH(QString, task);
        QFETCH(QString, recorded);
        const auto& expected = m_case.at("florence").at(recorded.toStdString());
        const auto before = m_model->towerRuns();
        const auto answer = m_model->task({.task = task.toStdString(), .text = {}, .picture = m_picture, .maxNewTokens = 120, .onText = {}});
        QCOMPARE(m_model->towerRuns(), before + 1);
        QCOMPARE(answer.promptIds, expected.at("prompt_ids").get<std::vector<int64_t>>());
        const auto ids = expected.at("output_ids").get<std::vector<int64_t>>();
        QVERIFY(answer.ids.size() >= ids.size());
        QVERIFY(std::equal(ids.rbegin(), ids.rend(), answer.ids.rbegin()));
    }

    void labelsOfTextBeginWithTheText() {
        const auto answer = m_model->task({.task = "<OCR_WITH_REGION>", .text = {}, .picture = m_picture, .onText = {}});
        QVERIFY(answer.generatedText.starts_with("</s>"));
        QVERIFY(!answer.answer->regions.empty());
        for (const auto& region : answer.answer->regions) QVERIFY2(region.label.find('<') == std::string::npos, region.label.c_str());
    }

    void regionsLieInThePictureWhateverItsShape() {
        image::Picture wide;
        wide.size = {640, 200};
        for (int i = 0; i < 640 * 200 * 3; ++i) wide.rgb.push_back(static_cast<uint8_t>(i % 640 < 320 ? 250 : 30));
        const auto answer = m_model->task({.task = "<DENSE_REGION_CAPTION>", .text = {}, .picture = PictureHandle::of(std::move(wide)), .onText = {}});
        for (const auto& region : answer.answer->regions) {
            const auto& box = region.box.value();
            QVERIFY(box[0] >= 0 && box[2] <= 640 && box[1] >= 0 && box[3] <= 200);
        }
    }

    void tasksLeaveTheConversationAsItWas() {
        ChatRequest request;
        request.messages = {{text::Role::User, {text::ContentItem::image(), text::ContentItem::ofText("What place is this?")}}};
        request.pictures = {m_picture};
        request.generation.greedy = true;
        request.generation.maxNewTokens = 12;
        const auto before = m_model->chat(request).text;
        m_model->task({.task = "<CAPTION>", .text = {}, .picture = m_picture, .onText = {}});
        QVERIFY(!before.empty());
        QCOMPARE(m_model->chat(request).text, before);
    }

    void aFlorenceVlWithoutTheDecoderSaysSo() {
        QTemporaryDir place;
        const std::filesystem::path copy = place.filePath("model").toStdString();
        std::filesystem::copy(golden::nano(), copy, std::filesystem::copy_options::recursive);
        for (const char* file : {"tokenizer.json", "vocab.json"}) std::filesystem::remove(copy / "vision_tower" / file);
        const auto model = Model::load(copy, exact());
        QVERIFY(!model->summary().runsTasks);
        QVERIFY(model->summary().chats);
        QVERIFY_THROWS_EXCEPTION(Error, model->task({.task = "<OD>", .text = {}, .picture = m_picture, .onText = {}}));
    }
};

QTEST_GUILESS_MAIN(TowerTasksTest)
#include "tower_tasks_test.moc"
