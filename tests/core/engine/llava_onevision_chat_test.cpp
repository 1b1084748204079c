#include <QtTest>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/engine/model.h"
#include "core/files/error.h"

using namespace fusionscope;
using nlohmann::json;

namespace {

std::string folder(const QString& layout) {
    return std::string(FUSIONSCOPE_SOURCE_DIR) + "/tests/golden/llava-onevision/" + layout.toStdString();
}

json casesOf(const QString& layout) {
    return json::parse(std::ifstream(folder(layout) + "/expected.json"));
}

text::Role roleOf(const std::string& name) {
    return name == "system" ? text::Role::System : name == "user" ? text::Role::User : text::Role::Assistant;
}

/// A golden conversation, its pictures and frames read from their files.
engine::ChatRequest requestOf(const QString& layout, const json& entry) {
    engine::ChatRequest request;
    for (const auto& message : entry["messages"]) {
        text::Message said{roleOf(message["role"]), {}};
        // Pictures first, where the template of the original leaves them where they are.
        for (const bool words : {false, true})
            for (const auto& item : message["content"]) {
                const auto type = item["type"].get<std::string>();
                if ((type == "text") != words) continue;
                said.content.push_back(type == "text"    ? text::ContentItem::ofText(item["text"])
                                       : type == "video" ? text::ContentItem::video()
                                                         : text::ContentItem::image());
            }
        request.messages.push_back(std::move(said));
    }
    const auto read = [&](const std::string& file) { return engine::PictureHandle::read(folder(layout) + "/images/" + file); };
    for (const auto& file : entry.value("images", std::vector<std::string>())) request.pictures.push_back(read(file));
    if (entry.contains("frames")) {
        request.videos.emplace_back();
        for (const auto& file : entry["frames"]) {
            request.videos[0].frames.push_back(read(file));
            request.videos[0].times.seconds.push_back(static_cast<double>(request.videos[0].times.seconds.size()));
        }
    }
    request.generation.maxNewTokens = static_cast<int64_t>(entry["greedy_ids"].size());
    return request;
}

std::unique_ptr<engine::Model> load(const QString& layout, const char* model, const char* chatTemplate = "") {
    engine::LoadOptions options;
    options.precision = engine::Precision::Fp32;
    options.threads = 1;
    options.pillow13Order = true;
    options.chatTemplate = chatTemplate;
    return engine::Model::load(folder(layout) + "/" + model, options);
}

std::vector<int64_t> idsOf(const engine::Answer& answer) {
    std::vector<int64_t> ids;
    for (const auto& token : answer.tokens) ids.push_back(token.id);
    return ids;
}

void addCases(const QStringList& layouts) {
    QTest::addColumn<QString>("layout");
    QTest::addColumn<QString>("name");
    for (const auto& layout : layouts) {
        const auto cases = casesOf(layout)["cases"];
        for (const auto& [name, entry] : cases.items())
            QTest::addRow("%s %s", qPrintable(layout), name.c_str()) << layout << QString::fromStdString(name);
    }
}

}  // namespace

/// Whole conversations, from picture files to answers.
class LlavaOnevisionChatTest : public QObject {
    Q_OBJECT

  private slots:
    void everyConversationIsAnsweredAsByTheReference_data() { addCases({"ov-0.5b-layout", "ov-7b-layout"}); }
    void everyConversationIsAnsweredAsByTheReference() {
        QFETCH(QString, layout);
        QFETCH(QString, name);
        const auto entry = casesOf(layout)["cases"][name.toStdString()];
        const auto model = load(layout, "model");
        const auto answer = model->chat(requestOf(layout, entry));
        QCOMPARE(answer.promptIds, entry["input_ids"].get<std::vector<int64_t>>());
        QCOMPARE(idsOf(answer), entry["greedy_ids"].get<std::vector<int64_t>>());
        QCOMPARE(answer.statistics.visualTokens,
                 entry["image_tokens"].get<int64_t>() + entry["video_tokens"].get<int64_t>());
    }

    void theOriginalLayoutIsAnsweredAlike_data() { addCases({"ov-0.5b-layout"}); }
    void theOriginalLayoutIsAnsweredAlike() {
        QFETCH(QString, layout);
        QFETCH(QString, name);
        const auto cases = casesOf(layout);
        const auto original = cases["original"]["cases"][name.toStdString()];
        const auto model = load(layout, "model-lmms", "chatml-nosystem");
        const auto answer = model->chat(requestOf(layout, cases["cases"][name.toStdString()]));
        QCOMPARE(answer.statistics.promptTokens, original["tokens"].get<int64_t>());
        QCOMPARE(idsOf(answer), original["greedy_ids"].get<std::vector<int64_t>>());
    }

    void anotherFrameEncodesNothingElseAgain() {
        const QString layout = "ov-0.5b-layout";
        const auto model = load(layout, "model");
        auto request = requestOf(layout, casesOf(layout)["cases"]["video3"]);
        auto& video = request.videos[0];
        const auto frames = video.frames;
        video.frames.pop_back();
        video.times.seconds.pop_back();
        QCOMPARE(model->chat(request).statistics.encodedPictures, 2);
        video.frames.push_back(frames.back());
        video.times.seconds.push_back(2);
        const auto answer = model->chat(request);
        QCOMPARE(answer.statistics.encodedPictures, 1);
        QCOMPARE(answer.statistics.reusedPictures, 2);
        QCOMPARE(idsOf(answer), casesOf(layout)["cases"]["video3"]["greedy_ids"].get<std::vector<int64_t>>());
    }

    void cachedAndUncachedAnswersAgree_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"single_capped", "multi2", "video3"}) QTest::newRow(name) << name;
    }
    void cachedAndUncachedAnswersAgree() {
        QFETCH(QString, name);
        const QString layout = "ov-0.5b-layout";
        const auto model = load(layout, "model");
        auto request = requestOf(layout, casesOf(layout)["cases"][name.toStdString()]);
        const auto first = model->chat(request);
        request.messages.push_back({text::Role::Assistant, {text::ContentItem::ofAnswer(first.text, idsOf(first))}});
        request.messages.push_back({text::Role::User, {text::ContentItem::ofText("And why?")}});
        const auto cached = model->chat(request);
        QVERIFY(cached.statistics.reusedTokens >= first.statistics.promptTokens);
        model->forget();
        const auto whole = model->chat(request);
        QCOMPARE(whole.statistics.reusedTokens, 0);
        QCOMPARE(idsOf(cached), idsOf(whole));
        for (size_t i = 0; i < whole.tokens.size(); ++i)
            QVERIFY(std::abs(cached.tokens[i].logProbability - whole.tokens[i].logProbability) < 1e-3);
    }

    void aSecondPictureTurnsTheFirstIntoOneView() {
        const QString layout = "ov-0.5b-layout";
        const auto model = load(layout, "model");
        auto request = requestOf(layout, casesOf(layout)["cases"]["multi2"]);
        const auto both = model->chat(request);
        QCOMPARE(both.statistics.visualTokens, 52);
        request.pictures.pop_back();
        request.messages[0].content = {text::ContentItem::image(), text::ContentItem::ofText("What is it?")};
        const auto alone = model->chat(request);
        QCOMPARE(alone.statistics.visualTokens, 113);
        QCOMPARE(alone.statistics.encodedPictures, 1);
        request.encoding.tiles = false;
        QCOMPARE(model->chat(request).statistics.visualTokens, 26);
    }

    void mapsOfTilesLieWithoutTheirPadding() {
        const QString layout = "ov-0.5b-layout";
        const auto model = load(layout, "model");
        const auto picture = engine::PictureHandle::read(folder(layout) + "/images/single_wide_0_200x30.png");
        const auto maps = model->featureMaps({"tower/siglip/layer2*", "fusion/projected*", "llm/layer1*"}, picture, "What?",
                                             model->encodeOptions());
        QCOMPARE(maps.size(), size_t{6});
        for (const auto& map : maps) {
            const bool tiles = map.name.find("@tiles") != std::string::npos;
            QVERIFY2(map.rows == 5, map.name.c_str());
            QVERIFY2(map.columns == (tiles ? 30 : 5), map.name.c_str());
        }
    }
};

QTEST_GUILESS_MAIN(LlavaOnevisionChatTest)
#include "llava_onevision_chat_test.moc"
