#include <QtTest>

#include "core/engine/model.h"
#include "core/files/error.h"

using namespace fusionscope;
using namespace fusionscope::engine;

namespace {

const std::string root = FUSIONSCOPE_SOURCE_DIR;
const std::vector<std::string> questions = {
    "What do you see?",       "Describe the image in detail.", "Is there a dog?", "How many things are there?",
    "Where is it?",           "What is in the background?",    "Hello",           "Which colour is the largest thing?",
    "What is written there?", "Describe the picture briefly."};

std::unique_ptr<Model> loaded(const std::string& folder, Precision precision) {
    LoadOptions options;
    options.precision = precision;
    options.threads = 2;
    return Model::load(root + folder, options);
}

/// One question each about the same picture.
std::vector<ChatRequest> requestsFor(const Model& model) {
    const auto picture = PictureHandle::read(root + "/tests/golden/nano/case_00.png");
    std::vector<ChatRequest> requests;
    for (const auto& question : questions) {
        auto& request = requests.emplace_back();
        request.pictures = {picture};
        request.messages = {{text::Role::User, {text::ContentItem::image(), text::ContentItem::ofText(question)}}};
        request.generation.maxNewTokens = 24;
        request.encoding = model.encodeOptions();
    }
    requests[3].generation.greedy = false;
    requests[3].generation.seed = 11;
    requests[5].generation.stopStrings = {" a"};
    requests[6].generation.maxNewTokens = 1;
    requests[7].generation.alternatives = 2;
    return requests;
}

/// Among them one about another picture, a second question and one without a picture.
std::vector<ChatRequest> mixedRequestsFor(const Model& model) {
    auto requests = requestsFor(model);
    requests[1].pictures = {PictureHandle::read(root + "/tests/golden/nano/case_03.png")};
    requests[2].messages.push_back({text::Role::Assistant, {text::ContentItem::ofText("No.")}});
    requests[2].messages.push_back({text::Role::User, {text::ContentItem::ofText("Are you sure?")}});
    requests[4].pictures.clear();
    requests[4].messages = {{text::Role::User, {text::ContentItem::ofText("Who are you?")}}};
    return requests;
}

}  // namespace

/// Conversations that are answered side by side.
class ChatEach : public QObject {
    Q_OBJECT

  private slots:
    void answersAreThoseOfChat_data() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<Precision>("precision");
        QTest::addColumn<bool>("mixed");
        for (const bool mixed : {false, true}) {
            const char* what = mixed ? "mixed" : "one picture";
            QTest::addRow("nano, fp32, %s", what) << "/models/nano" << Precision::Fp32 << mixed;
            QTest::addRow("SmolVLM, fp32, %s", what)
                << "/tests/golden/smolvlm/smolvlm-256m-layout/model" << Precision::Fp32 << mixed;
        }
        // Not the mixed ones: how int8 rounds a prompt's beginning depends on the pieces it is read in, where there are
        // bf16 instructions.
        QTest::newRow("nano, int8, one picture") << "/models/nano" << Precision::Int8 << false;
    }
    void answersAreThoseOfChat() {
        QFETCH(QString, folder);
        QFETCH(Precision, precision);
        QFETCH(bool, mixed);
        const auto model = loaded(folder.toStdString(), precision);
        const auto requests = mixed ? mixedRequestsFor(*model) : requestsFor(*model);
        std::vector<Answer> alone;
        for (const auto& request : requests) alone.push_back(model->chat(request));
        model->forget();
        const auto together = model->chatEach(requests);
        QCOMPARE(together.size(), alone.size());
        for (size_t i = 0; i < alone.size(); ++i) {
            QCOMPARE(together[i].text, alone[i].text);
            QVERIFY(together[i].reason == alone[i].reason);
            QCOMPARE(together[i].promptIds, alone[i].promptIds);
            QCOMPARE(together[i].tokens.size(), alone[i].tokens.size());
            for (size_t k = 0; k < alone[i].tokens.size(); ++k) {
                QCOMPARE(together[i].tokens[k].id, alone[i].tokens[k].id);
                // The prompt's beginning was read in another piece, which rounds otherwise.
                const double apart = std::abs(together[i].tokens[k].logProbability - alone[i].tokens[k].logProbability);
                QVERIFY2(apart < 1e-4, qPrintable(QString::number(apart)));
                QCOMPARE(together[i].tokens[k].alternatives.size(), alone[i].tokens[k].alternatives.size());
            }
            QCOMPARE(together[i].statistics.promptTokens, alone[i].statistics.promptTokens);
        }
        // What all begin with is read once, and stays for the next question.
        const auto shared = together[0].statistics.reusedTokens;
        QVERIFY(mixed || shared >= together[0].statistics.visualTokens);
        const auto after = model->chat(requests[0]);
        QCOMPARE(after.text, alone[0].text);
        QVERIFY(after.statistics.reusedTokens >= shared);
    }

    void nothingAskedIsNothingAnswered() { QVERIFY(loaded("/models/nano", Precision::Fp32)->chatEach({}).empty()); }

    void oneThatIsWrongIsRefused() {
        const auto model = loaded("/models/nano", Precision::Fp32);
        auto requests = requestsFor(*model);
        requests[4].generation.temperature = -1;
        requests[4].generation.greedy = false;
        QVERIFY_THROWS_EXCEPTION(Error, model->chatEach(requests));
        QVERIFY(!model->chat(requests[0]).text.empty());
    }

    void stopsAndGoesOn() {
        const auto model = loaded("/models/nano", Precision::Fp32);
        const auto requests = requestsFor(*model);
        const auto expected = model->chat(requests[1]).text;
        std::stop_source stop;
        stop.request_stop();
        QVERIFY_THROWS_EXCEPTION(Stopped, model->chatEach(requests, {stop.get_token(), {}}));
        QCOMPARE(model->chat(requests[1]).text, expected);
    }
};

QTEST_GUILESS_MAIN(ChatEach)
#include "chat_each_test.moc"
