#include <QtTest>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/engine/atlas.h"
#include "core/engine/conversion.h"
#include "core/engine/model.h"
#include "core/files/error.h"

using namespace fusionscope;
using namespace fusionscope::engine;
using nlohmann::json;

namespace {

std::filesystem::path golden(const QString& name) {
    return std::filesystem::path(FUSIONSCOPE_SOURCE_DIR) / "tests/golden" / name.toStdString();
}

json jsonOf(const std::filesystem::path& file) {
    std::ifstream in(file);
    return json::parse(in);
}

std::vector<text::Message> messagesOf(const json& list) {
    std::vector<text::Message> messages;
    for (const auto& entry : list) {
        text::Message message{entry["role"] == "user" ? text::Role::User : text::Role::Assistant, {}};
        for (const auto& item : entry["content"])
            message.content.push_back(item["type"] == "image" ? text::ContentItem::image()
                                                              : text::ContentItem::ofText(item["text"]));
        messages.push_back(std::move(message));
    }
    return messages;
}

std::unique_ptr<Model> loaded(const QString& fixture) {
    LoadOptions options;
    options.precision = Precision::Fp32;
    options.pillow13Order = true;  // as the references were made
    options.threads = 1;
    return Model::load(golden(fixture) / "model", options);
}

ChatRequest requestOf(const Model& model, const QString& fixture, const json& entry) {
    ChatRequest request;
    request.messages = messagesOf(entry["messages"]);
    for (const auto& file : entry["images"])
        request.pictures.push_back(PictureHandle::read((golden(fixture) / "images" / file.get<std::string>()).string()));
    request.generation.maxNewTokens = 24;
    request.encoding = model.encodeOptions();
    request.encoding.tiles = entry["image_kwargs"].value("do_image_splitting", true);
    return request;
}

std::vector<int64_t> idsOf(const Answer& answer) {
    std::vector<int64_t> ids;
    for (const auto& token : answer.tokens) ids.push_back(token.id);
    return ids;
}

}  // namespace

/// Families that cut a picture into views, from the picture's file to the answer.
class TiledPictures : public QObject {
    Q_OBJECT

    std::map<QString, std::shared_ptr<Model>> m_models;

    Model& model(const QString& fixture) {
        auto& found = m_models[fixture];
        if (!found) found = loaded(fixture);
        return *found;
    }

  private slots:
    void promptsAndAnswersEqualTheReference_data() {
        QTest::addColumn<QString>("fixture");
        QTest::addColumn<QString>("name");
        for (const QString fixture :
             {"idefics3/idefics3-8b-layout", "smolvlm/smolvlm-256m-layout", "smolvlm/smolvlm2-layout"}) {
            const auto expected = jsonOf(golden(fixture) / "expected.json");
            for (const auto& [name, entry] : expected["cases"].items())
                QTest::addRow("%s %s", qPrintable(fixture), name.c_str()) << fixture << QString::fromStdString(name);
        }
    }
    void promptsAndAnswersEqualTheReference() {
        QFETCH(QString, fixture);
        QFETCH(QString, name);
        auto& model = this->model(fixture);
        const json entry = jsonOf(golden(fixture) / "expected.json")["cases"][name.toStdString()];
        const auto request = requestOf(model, fixture, entry);
        const auto answer = model.chat(request);
        QCOMPARE(answer.promptIds, entry["input_ids"].get<std::vector<int64_t>>());
        auto expected = entry["greedy_ids"].get<std::vector<int64_t>>();
        if (answer.reason == StopReason::EndToken) expected.resize(std::min(expected.size(), answer.tokens.size()));
        QCOMPARE(idsOf(answer), expected);
        QCOMPARE(answer.statistics.promptTokens, static_cast<int64_t>(answer.promptIds.size()));
        std::vector<image::Size> sizes;
        for (const auto& picture : request.pictures) sizes.push_back(picture.size());
        if (request.encoding.tiles)
            QCOMPARE(model.promptLength(request.messages, sizes), answer.statistics.promptTokens);
    }

    void secondQuestionReusesTheTiles() {
        const QString fixture = "smolvlm/smolvlm-256m-layout";
        auto& model = this->model(fixture);
        const json entry = jsonOf(golden(fixture) / "expected.json")["cases"]["two"];
        auto request = requestOf(model, fixture, entry);
        model.forget();
        const auto first = model.chat(request);
        QCOMPARE(first.statistics.encodedPictures, 2);
        QCOMPARE(first.statistics.visualTokens, int64_t{22 * 4});
        const auto runs = model.towerRuns();
        request.messages.push_back({text::Role::Assistant, {text::ContentItem::ofAnswer(first.text, idsOf(first))}});
        request.messages.push_back({text::Role::User, {text::ContentItem::ofText("And now?")}});
        const auto second = model.chat(request);
        QCOMPARE(model.towerRuns(), runs);
        QCOMPARE(second.statistics.reusedPictures, 2);
        QVERIFY(second.statistics.reusedTokens >= first.statistics.promptTokens);
        model.forget();
        QCOMPARE(idsOf(model.chat(request)), idsOf(second));
    }

    void cachedAndUncachedAnswersAgree_data() {
        QTest::addColumn<QString>("name");
        QTest::newRow("idefics3/idefics3-8b-layout") << "multiturn";
        QTest::newRow("smolvlm/smolvlm-256m-layout") << "two";
        QTest::newRow("smolvlm/smolvlm2-layout") << "wide";
    }
    void cachedAndUncachedAnswersAgree() {
        QFETCH(QString, name);
        const QString fixture = QTest::currentDataTag();
        auto& model = this->model(fixture);
        auto request = requestOf(model, fixture, jsonOf(golden(fixture) / "expected.json")["cases"][name.toStdString()]);
        model.forget();
        const auto first = model.chat(request);
        request.messages.push_back({text::Role::Assistant, {text::ContentItem::ofAnswer(first.text, idsOf(first))}});
        request.messages.push_back({text::Role::User, {text::ContentItem::ofText("And why?")}});
        const auto cached = model.chat(request);
        QVERIFY(cached.statistics.reusedTokens >= first.statistics.promptTokens);
        model.forget();
        const auto whole = model.chat(request);
        QCOMPARE(whole.statistics.reusedTokens, 0);
        QCOMPARE(idsOf(cached), idsOf(whole));
        for (size_t i = 0; i < whole.tokens.size(); ++i)
            QVERIFY(std::abs(cached.tokens[i].logProbability - whole.tokens[i].logProbability) < 1e-3);
    }

    void anotherPictureReencodesNothing() {
        const QString fixture = "smolvlm/smolvlm-256m-layout";
        auto& model = this->model(fixture);
        const auto picture = [&](const char* file) {
            return PictureHandle::read((golden(fixture) / "images" / file).string());
        };
        model.forget();
        ChatRequest request;
        request.encoding = model.encodeOptions();
        request.generation.maxNewTokens = 3;
        request.pictures = {picture("two_0_90x60.png")};
        request.messages = {{text::Role::User, {text::ContentItem::image(), text::ContentItem::ofText("What?")}}};
        const auto first = model.chat(request);
        request.messages.push_back({text::Role::Assistant, {text::ContentItem::ofAnswer(first.text, idsOf(first))}});
        request.messages.push_back({text::Role::User, {text::ContentItem::image(), text::ContentItem::ofText("And?")}});
        request.pictures.push_back(picture("tiny_0_5x3.png"));
        const auto second = model.chat(request);
        QCOMPARE(second.statistics.encodedPictures, 1);
        QCOMPARE(second.statistics.reusedPictures, 1);
        QVERIFY(second.statistics.reusedTokens >= first.statistics.promptTokens);

        request.encoding.tiles = false;  // another way of seeing them is another encoding
        QCOMPARE(model.chat(request).statistics.encodedPictures, 2);
    }

    /// A model may say "<image>"; the pictures of later questions must still stand in their own places.
    void imageTokensInAnAnswerAreNoPictures() {
        const QString fixture = "smolvlm/smolvlm-256m-layout";
        auto& model = this->model(fixture);
        const json entry = jsonOf(golden(fixture) / "expected.json")["cases"]["wide"];
        auto request = requestOf(model, fixture, entry);
        const auto image = *model.tokenizer().id("<image>");
        request.messages.insert(request.messages.begin(),
                                {{text::Role::User, {text::ContentItem::ofText("Hello")}},
                                 {text::Role::Assistant, {text::ContentItem::ofAnswer("", {image, 5, image})}}});
        const auto sizes = std::vector{request.pictures[0].size()};
        const auto prompt = model.encodePrompt(request.messages, sizes);
        QCOMPARE(prompt.ids[prompt.images.at(0) - 1], *model.tokenizer().id("<row_1_col_1>"));
        QCOMPARE(model.chat(request).statistics.visualTokens, int64_t{20});
    }

    void mapsOfTilesLieWhereTheTilesDo() {
        const QString fixture = "smolvlm/smolvlm-256m-layout";
        auto& model = this->model(fixture);
        const auto picture = PictureHandle::read((golden(fixture) / "images/two_0_90x60.png").string());
        const auto options = model.encodeOptions();
        const auto listed = model.activations(options, picture.size());
        const auto maps = model.featureMaps({"*"}, picture, "What is it?", options);
        QCOMPARE(static_cast<size_t>(std::ranges::count(listed, true, &models::ActivationInfo::isMap)), maps.size());
        const auto find = [&](const std::string& name) {
            const auto found = std::ranges::find(maps, name, &FeatureMap::name);
            return found == maps.end() ? FeatureMap{} : *found;
        };
        const auto tiles = find("tower/siglip/layer1@tiles"), whole = find("tower/siglip/layer1");
        QCOMPARE(tiles.rows, 3 * 8);
        QCOMPARE(tiles.columns, 4 * 8);
        QCOMPARE(whole.rows, 8);
        const auto layer = model.trace({"tower/siglip/layer1"}, &picture, "What is it?", options).at(0);
        QCOMPARE(layer.shape, (std::vector<int64_t>{13, 64, 32}));
        const auto equals = [](std::span<const float> a, const float* b) { return std::equal(a.begin(), a.end(), b); };
        for (const auto& [row, column] : {std::pair{0, 0}, {7, 8}, {8, 7}, {23, 31}, {13, 20}}) {
            const int tile = row / 8 * 4 + column / 8, patch = row % 8 * 8 + column % 8;
            QVERIFY(equals(tiles.patch(row * 32 + column), layer.values.data() + (tile * 64 + patch) * 32));
        }
        QVERIFY(equals(whole.patch(9), layer.values.data() + (12 * 64 + 9) * 32));

        // What the language model is given are the projected rows, each at its own place in the prompt.
        const auto projected = find("fusion/projected@tiles"), embedded = find("llm/embed@tiles");
        QCOMPARE(embedded.rows, 3 * 2);
        QVERIFY(projected.data == embedded.data);
        QVERIFY(find("fusion/projected").data == find("llm/embed").data);
        QVERIFY(projected.data != find("llm/layer0@tiles").data);

        const auto chosen = chooseMaps(listed, {"image", "tiles"}, {"layer*"});
        const auto atlas = makeAtlas(chosen, maps, {});
        QCOMPARE(atlas.rows, (std::vector<std::string>{"image", "tiles"}));
        QCOMPARE(atlas.columns, (std::vector<std::string>{"layer0", "layer1"}));
    }

    void videosAreFramesWithTheirTimes() {
        const QString fixture = "smolvlm/smolvlm2-layout";
        auto& model = this->model(fixture);
        model.forget();
        ChatRequest request;
        request.messages = {{text::Role::User, {text::ContentItem::video(), text::ContentItem::ofText("What happens?")}}};
        request.encoding = model.encodeOptions();
        request.generation.maxNewTokens = 4;
        VideoFrames video;
        for (const char* file : {"two_0_90x60.png", "two_1_20x45.png"})
            video.frames.push_back(PictureHandle::read((golden(fixture) / "images" / file).string()));
        video.times = {{0.5, 61}, 70};
        request.videos = {video};
        const auto first = model.chat(request);
        QCOMPARE(first.statistics.visualTokens, int64_t{2 * 4});  // a frame is never cut into tiles
        QCOMPARE(first.statistics.encodedPictures, 2);
        const auto words = model.tokenizer().decode(first.promptIds);
        QVERIFY2(words.find("two frames from a 0:01:10") != std::string::npos, words.c_str());
        QVERIFY2(words.find("Frame from 01:01:") != std::string::npos, words.c_str());

        // One more frame: the others are not encoded again.
        request.videos[0].frames.push_back(PictureHandle::read((golden(fixture) / "images/tiny_0_5x3.png").string()));
        request.videos[0].times = {{0.5, 61, 65}, 70};
        const auto second = model.chat(request);
        QCOMPARE(second.statistics.encodedPictures, 1);
        QCOMPARE(second.statistics.reusedPictures, 2);

        // Pictures and a video in one conversation stand in the order of their items.
        request.messages[0].content.insert(request.messages[0].content.begin(), text::ContentItem::image());
        request.pictures = {PictureHandle::read((golden(fixture) / "images/two_0_90x60.png").string())};
        QCOMPARE(model.chat(request).statistics.visualTokens, int64_t{13 * 4 + 3 * 4});

        request.videos[0].times.seconds.pop_back();
        QVERIFY_THROWS_EXCEPTION(Error, model.chat(request));
        request.videos.clear();
        QVERIFY_THROWS_EXCEPTION(Error, model.chat(request));
    }

    void convertedCheckpointsStayInTheFamily() {
        const QString fixture = "idefics3/idefics3-8b-layout";
        QTemporaryDir folder;
        const auto out = std::filesystem::path(folder.path().toStdString()) / "small";
        convertCheckpoint(golden(fixture) / "model", Precision::Int8, 32, out, {});
        LoadOptions options;
        options.pillow13Order = true;
        options.precision = Precision::Fp32;
        const auto small = Model::load(out, options);
        QVERIFY(small->summary().weightBytes < model(fixture).summary().weightBytes * 8 / 10);
        const json entry = jsonOf(golden(fixture) / "expected.json")["cases"]["wide"];
        auto request = requestOf(*small, fixture, entry);
        QCOMPARE(small->chat(request).promptIds, entry["input_ids"].get<std::vector<int64_t>>());
        QVERIFY(std::isfinite(small->score(request, {344}).at(0)));
    }

    /// As many questions' worth of one small picture as a chat may hold, in one message.
    static ChatRequest crowd(const Model& model, size_t pictures) {
        ChatRequest request;
        text::Message message{text::Role::User, {}};
        for (size_t i = 0; i < pictures; ++i) {
            image::Picture picture;
            picture.size = {16, 12};
            picture.rgb.assign(16 * 12 * 3, static_cast<uint8_t>(10 * i));
            request.pictures.push_back(PictureHandle::of(std::move(picture)));
            message.content.push_back(text::ContentItem::image());
        }
        message.content.push_back(text::ContentItem::ofText("Compare."));
        request.messages = {message};
        request.encoding = model.encodeOptions();
        request.encoding.tiles = false;
        request.generation.maxNewTokens = 2;
        return request;
    }
    static std::string refusal(Model& model, const ChatRequest& request) {
        try {
            model.chat(request);
            return {};
        } catch (const Error& error) {
            return error.what();
        }
    }

    void sixteenPicturesAndAVideoFitIntoAChat() {
        auto& model = this->model("smolvlm/smolvlm2-layout");
        model.forget();
        auto request = crowd(model, mostPictures);
        VideoFrames video;
        video.frames = {request.pictures[0], request.pictures[1]};
        video.times = {{0, 1}, 2};
        request.videos = {video};
        request.messages[0].content.insert(request.messages[0].content.begin(), text::ContentItem::video());
        const auto answer = model.chat(request);
        QCOMPARE(answer.statistics.visualTokens, int64_t{(16 + 2) * 4});
        QCOMPARE(answer.statistics.encodedPictures + answer.statistics.reusedPictures, 18);

        const auto runs = model.towerRuns();
        request.videos[0].frames.push_back(request.pictures[2]);  // one more frame, and nothing else is encoded
        request.videos[0].times = {{0, 1, 1.5}, 2};
        model.chat(request);
        QCOMPARE(model.towerRuns(), runs + 1);
    }

    void theSeventeenthPictureIsRefused() {
        auto& model = this->model("smolvlm/smolvlm2-layout");
        const auto runs = model.towerRuns();
        const auto told = refusal(model, crowd(model, mostPictures + 1));
        QVERIFY2(told.find("17 pictures") != std::string::npos && told.find("16") != std::string::npos, told.c_str());
        QCOMPARE(model.towerRuns(), runs);  // told before anything is encoded
    }

    void refusesWhatIsLongerThanTheContext() {
        auto& model = this->model("smolvlm/smolvlm2-layout");
        auto request = crowd(model, mostPictures);
        request.messages[0].content.back().text = QByteArray("? ! ").repeated(8192).toStdString();
        const auto told = refusal(model, request);
        QVERIFY2(told.find("this model reads") != std::string::npos, told.c_str());
    }

    /// Encoded pictures are kept up to a number of bytes, those that were used last.
    void theCacheKeepsToItsBytes() {
        LoadOptions options;
        options.precision = Precision::Fp32;
        options.threads = 1;
        options.visualCacheBytes = 4 * 4 * 32 * 4;  // four pictures of four tokens
        const auto model = Model::load(golden("smolvlm/smolvlm2-layout") / "model", options);
        auto request = crowd(*model, 4);
        model->chat(request);
        const auto encodedFor = [&] { return model->chat(request).statistics.encodedPictures; };
        QCOMPARE(encodedFor(), 0);
        request.encoding.white = false;  // changes nothing of an opaque picture, but is another way of seeing it
        QCOMPARE(encodedFor(), 4);
        QCOMPARE(encodedFor(), 0);
        request.encoding.white = true;  // those were dropped
        QCOMPARE(encodedFor(), 4);
    }
};

QTEST_GUILESS_MAIN(TiledPictures)
#include "tiled_pictures_test.moc"
