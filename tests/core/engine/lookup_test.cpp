#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/engine/model.h"
#include "core/files/error.h"

using namespace fusionscope;
using namespace fusionscope::engine;
using language::Lookup;

namespace {

const std::string root = FUSIONSCOPE_SOURCE_DIR;

std::unique_ptr<Model> loaded(const std::string& folder, Precision precision = Precision::Fp32) {
    LoadOptions options;
    options.precision = precision;
    options.threads = 1;
    return Model::load(root + folder, options);
}

std::vector<int64_t> idsOf(const Answer& answer) {
    std::vector<int64_t> ids;
    for (const auto& token : answer.tokens) ids.push_back(token.id);
    return ids;
}

ChatRequest requestAbout(const Model& model, const std::string& picture, const std::string& question) {
    ChatRequest request;
    request.pictures = {PictureHandle::read(root + picture)};
    request.messages = {{text::Role::User, {text::ContentItem::image(), text::ContentItem::ofText(question)}}};
    request.generation.maxNewTokens = 60;
    request.encoding = model.encodeOptions();
    return request;
}

void continueWith(ChatRequest& request, const Answer& answer, const std::string& question) {
    auto ids = idsOf(answer);
    if (answer.reason == StopReason::EndToken) ids.pop_back();
    request.messages.push_back({text::Role::Assistant, {text::ContentItem::ofAnswer(answer.text, ids)}});
    request.messages.push_back({text::Role::User, {text::ContentItem::ofText(question)}});
}

}  // namespace

/// Prompt lookup in conversations.
class LookupTest : public QObject {
    Q_OBJECT

  private slots:
    void conversationsAreTheSameWithAndWithout_data() {
        QTest::addColumn<Precision>("precision");
        QTest::newRow("fp32") << Precision::Fp32;
        QTest::newRow("int8") << Precision::Int8;
        QTest::newRow("int4") << Precision::Int4;
    }
    void conversationsAreTheSameWithAndWithout() {
        QFETCH(Precision, precision);
        const auto model = loaded("/models/nano", precision);
        int64_t accepted = 0;
        for (const char* picture : {"/tests/golden/nano/case_00.png", "/tests/golden/nano/case_03.png"}) {
            std::vector<std::vector<Answer>> conversations;
            for (const auto lookup : {Lookup::Off, Lookup::Auto, Lookup::On}) {
                model->forget();
                auto request = requestAbout(*model, picture, "Describe the image in detail.");
                request.generation.lookup = lookup;
                auto& answers = conversations.emplace_back();
                for (const char* next : {"What is in the background?", "Describe the image in detail.", "Describe the image in detail."}) {
                    answers.push_back(model->chat(request));
                    continueWith(request, answers.back(), next);
                }
                answers.push_back(model->chat(request));
            }
            for (size_t turn = 0; turn < conversations[0].size(); ++turn) {
                const auto& plain = conversations[0][turn];
                QCOMPARE(plain.statistics.proposedTokens, 0);
                for (size_t i = 1; i < conversations.size(); ++i) {
                    const auto& found = conversations[i][turn];
                    QCOMPARE(idsOf(found), idsOf(plain));
                    QCOMPARE(found.text, plain.text);
                    QVERIFY(found.reason == plain.reason);
                    // What the cache holds for the next question is the same too.
                    QCOMPARE(found.statistics.reusedTokens, plain.statistics.reusedTokens);
                    QVERIFY(found.statistics.acceptedTokens <= found.statistics.proposedTokens);
                    if (i == 2) accepted += found.statistics.acceptedTokens;  // how many Auto takes depends on the machine
                }
            }
        }
        QVERIFY2(accepted > 40, qPrintable(QString::number(accepted)));
    }

    void picturesStandInTheWayOfNothing_data() {
        QTest::addColumn<QString>("folder");
        QTest::newRow("as one placeholder") << "/models/nano";
        QTest::newRow("as many tokens") << "/tests/golden/smolvlm/smolvlm-256m-layout/model";
    }
    void picturesStandInTheWayOfNothing() {
        QFETCH(QString, folder);
        const auto model = loaded(folder.toStdString());
        auto request = requestAbout(*model, "/tests/golden/nano/case_01.png", "What?");
        request.pictures.push_back(request.pictures[0]);
        request.messages.insert(request.messages.begin() + 1, {{text::Role::Assistant, {text::ContentItem::ofText("A dog.")}}, request.messages[0]});
        std::vector<int64_t> plain;
        for (const auto lookup : {Lookup::Off, Lookup::On}) {
            model->forget();
            request.generation.lookup = lookup;
            const auto answer = model->chat(request);
            QVERIFY(answer.statistics.visualTokens > 0);
            if (lookup == Lookup::Off) plain = idsOf(answer);
            QCOMPARE(idsOf(answer), plain);
        }
    }

    void aStoppedAnswerSaysWhatWasLookedUp() {
        const auto model = loaded("/models/nano");
        auto request = requestAbout(*model, "/tests/golden/nano/case_00.png", "Describe the image in detail.");
        const auto first = model->chat(request);
        continueWith(request, first, "Describe the image in detail.");
        request.generation.lookup = Lookup::On;
        const auto whole = model->chat(request);
        QVERIFY(whole.statistics.acceptedTokens > 0);
        std::stop_source source;
        size_t heard = 0;
        ChatCallbacks callbacks;
        callbacks.onToken = [&](const TokenScore&) {
            if (++heard + 2 == whole.tokens.size()) source.request_stop();
        };
        const auto stopped = model->chat(request, callbacks, {source.get_token(), {}});
        QVERIFY(stopped.reason == StopReason::Stopped);
        QCOMPARE(stopped.tokens.size() + 2, whole.tokens.size());
        QVERIFY(stopped.statistics.acceptedTokens > 0);
        QCOMPARE(idsOf(model->chat(request)), idsOf(whole));
    }

    void samplingLooksNothingUp() {
        const auto model = loaded("/models/nano");
        auto request = requestAbout(*model, "/tests/golden/nano/case_00.png", "Describe the image in detail.");
        request.generation.greedy = false;
        request.generation.lookup = Lookup::On;
        QCOMPARE(model->chat(request).statistics.proposedTokens, 0);
    }
};

QTEST_GUILESS_MAIN(LookupTest)
#include "lookup_test.moc"
