#include <ATen/Parallel.h>

#include <algorithm>

#include "core/inspect/trace.h"
#include "core/language/generation.h"
#include "tests/core/language/golden.h"

using namespace fusionscope;
using at::Tensor;
using language::Decoder;
using language::Generated;
using language::GenerationEnd;
using language::GenerationOptions;
using language::PromptLookup;
using Ids = std::vector<int64_t>;

namespace {

constexpr int64_t newTokens = 40;

struct Form {
    const char* name;
    nn::LinearFormat linear;
    c10::ScalarType compute;
};
const std::vector<Form> forms = {{"fp32", nn::LinearFormat::Dense, c10::kFloat},
                                 {"bf16", nn::LinearFormat::Dense, c10::kBFloat16},
                                 {"int8", nn::LinearFormat::Int8, c10::kFloat},
                                 {"int4", nn::LinearFormat::Int4, c10::kBFloat16}};

std::unique_ptr<Decoder> loadFolder(const std::filesystem::path& folder, const Form& form) {
    nn::WeightOptions options;
    options.linear = form.linear;
    options.compute = form.compute;
    return Decoder::load(files::ModelFolder::open(folder), options);
}

std::unique_ptr<Decoder> load(const std::string& fixture, const Form& form = forms[0]) {
    return loadFolder(golden::folder(fixture) / "model", form);
}

Ids promptOf(const std::string& fixture, const std::string& prefix = {}) {
    return golden::Tensors(golden::folder(fixture) / "inputs.safetensors").integers(prefix + "input_ids");
}

Ids joined(std::initializer_list<Ids> parts) {
    Ids all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

/// The same ids with every fifth another one: what is looked up there is right for a while, and then wrong.
Ids spoilt(Ids ids) {
    for (size_t i = 4; i < ids.size(); i += 5) ids[i] = ids[i] == 7 ? 8 : 7;
    return ids;
}

GenerationOptions upTo(int64_t tokens) {
    GenerationOptions options;
    options.maxNewTokens = tokens;
    options.alternatives = 4;
    return options;
}

Generated continued(const Decoder& decoder, const Ids& prompt, const GenerationOptions& options, PromptLookup* lookup = nullptr) {
    auto cache = decoder.newCache();
    return generate(decoder, cache, decoder.embed(prompt), {}, options, {}, {}, lookup);
}

PromptLookup searching(Ids text) { return PromptLookup(std::move(text), {.weighs = false}); }

/// Says what differs, to the last bit; empty when nothing does.
QByteArray difference(const Generated& found, const Generated& plain) {
    if (found.ids != plain.ids)
        return "other ids from token " + QByteArray::number(std::ranges::mismatch(found.ids, plain.ids).in1 - found.ids.begin()) + " on";
    if (found.logProbabilities != plain.logProbabilities) return "other log-probabilities";
    const auto equal = [](const language::TokenChance& one, const language::TokenChance& other) {
        return one.id == other.id && one.logProbability == other.logProbability;
    };
    for (size_t i = 0; i < plain.alternatives.size(); ++i)
        if (!std::ranges::equal(found.alternatives[i], plain.alternatives[i], equal)) return "other alternatives";
    return found.end == plain.end ? QByteArray() : QByteArray("another end");
}

/// A recorded question about a picture as the bundled model's decoder reads it.
struct Question {
    Ids before, after, answer;
    Tensor picture;  // [tokens, hidden]

    Tensor embeddings(const Decoder& decoder) const {
        return at::cat({decoder.embed(before), picture.to(decoder.type()).unsqueeze(0), decoder.embed(after)}, 1);
    }
    Ids text() const { return joined({before, Ids(static_cast<size_t>(picture.size(0)), -1), after}); }
};

std::vector<Question> recordedQuestions(size_t cases) {
    const auto recorded = files::readJson(golden::folder("nano") / "cases.json").at("cases");
    const golden::Tensors tensors(golden::folder("nano") / "tensors.safetensors");
    std::vector<Question> questions;
    for (size_t i = 0; i < cases; ++i)
        for (const auto& turn : recorded[i].at("turns")) {
            const auto ids = turn.at("prompt_ids").get<Ids>();
            const auto place = std::find(ids.begin(), ids.end(), -200);
            if (place == ids.end() || std::find(place + 1, ids.end(), -200) != ids.end()) continue;
            questions.push_back({{ids.begin(), place}, {place + 1, ids.end()}, turn.at("output_ids"), tensors[std::to_string(i) + ".projected"][0]});
        }
    return questions;
}

}  // namespace

/// Prompt lookup changes how many passes a text takes, and nothing else.
class LookupGeneration : public QObject {
    Q_OBJECT

    static constexpr const char* fixture = "llama/llama3-tied-headdim";

  private slots:
    void init() { at::set_num_threads(1); }

    void theSameTokensWithAndWithout_data() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<int>("form");
        for (const char* name : {"llama/llama3-untied-sharded", "llama/llama3-tied-headdim", "smollm2/smollm2-tied-hd64",
                                 "phi3/phi3-longrope", "phi3/phi3-sliding", "qwen2/qwen2-tied", "qwen2/qwen2-untied"})
            for (size_t form = 0; form < forms.size(); ++form)
                QTest::newRow(qPrintable(QString(name) + ' ' + forms[form].name)) << name << static_cast<int>(form);
    }
    void theSameTokensWithAndWithout() {
        QFETCH(QString, folder);
        QFETCH(int, form);
        const auto decoder = load(folder.toStdString(), forms[static_cast<size_t>(form)]);
        for (const std::string prefix : {"", "short.", "long."}) {  // of LongRope: across its first length and beyond it
            if (!golden::Tensors(golden::folder(folder.toStdString()) / "inputs.safetensors").has(prefix + "input_ids")) continue;
            const auto prompt = promptOf(folder.toStdString(), prefix);
            const auto plain = continued(*decoder, prompt, upTo(newTokens));
            for (const auto& text : {joined({prompt, plain.ids, prompt}), joined({prompt, spoilt(plain.ids), prompt}), prompt}) {
                auto lookup = searching(text);
                const auto found = continued(*decoder, prompt, upTo(newTokens), &lookup);
                QCOMPARE(difference(found, plain), QByteArray());
                if (text != prompt) QVERIFY(lookup.accepted() > std::ssize(found.ids) / 5);
            }
        }
    }

    void theBundledModelGivesTheSameAnswers_data() {
        QTest::addColumn<int>("form");
        for (size_t form = 0; form < forms.size(); ++form) QTest::newRow(forms[form].name) << static_cast<int>(form);
    }
    void theBundledModelGivesTheSameAnswers() {
        QFETCH(int, form);
        const auto decoder = loadFolder(std::filesystem::path(FUSIONSCOPE_SOURCE_DIR) / "models" / "nano", forms[static_cast<size_t>(form)]);
        const auto questions = recordedQuestions(3);
        QVERIFY(questions.size() >= 3);
        int64_t tokens = 0, accepted = 0;
        auto options = upTo(60);
        options.stopIds = decoder->config().endIds;
        for (const auto& question : questions) {
            const Tensor embeddings = question.embeddings(*decoder);
            const auto answer = [&](PromptLookup* lookup) {
                auto cache = decoder->newCache();
                return generate(*decoder, cache, embeddings, {}, options, {}, {}, lookup);
            };
            const auto plain = answer(nullptr);
            // On its own, and in a conversation that has an answer to the same question.
            for (const auto& text : {question.text(), joined({question.text(), spoilt(question.answer), question.text()})}) {
                auto lookup = searching(text);
                const auto found = answer(&lookup);
                QCOMPARE(difference(found, plain), QByteArray());
                tokens += std::ssize(found.ids);
                accepted += lookup.accepted();
            }
        }
        qInfo("%lld of %lld tokens were looked up", static_cast<long long>(accepted), static_cast<long long>(tokens));
        QVERIFY(accepted > tokens / 5);
    }

    void aTextThatWasThereTakesAnEighthOfThePasses() {
        const auto decoder = load(fixture);
        const auto prompt = promptOf(fixture);
        const auto plain = continued(*decoder, prompt, upTo(newTokens));
        auto lookup = searching(joined({prompt, plain.ids, prompt}));
        const auto found = continued(*decoder, prompt, upTo(newTokens), &lookup);
        const auto passes = std::ssize(found.ids) - lookup.accepted();
        QVERIFY2(passes <= newTokens / 8 + 2, qPrintable(QString::number(passes)));
    }

    /// Among accepted candidates as well as behind them; the cache then holds all but the last token.
    void endsWhereItWouldWithout_data() {
        QTest::addColumn<QString>("what");
        for (const char* what : {"length", "stop id", "watcher"}) QTest::newRow(what) << what;
    }
    void endsWhereItWouldWithout() {
        QFETCH(QString, what);
        const auto decoder = load(fixture);
        const auto prompt = promptOf(fixture);
        const auto whole = continued(*decoder, prompt, upTo(newTokens));
        for (int64_t last = 1; last <= 20; ++last) {
            auto options = upTo(what == "length" ? last : newTokens);
            if (what == "stop id") options.stopIds = {whole.ids[static_cast<size_t>(last - 1)]};
            const auto run = [&](PromptLookup* lookup) {
                Ids heard;
                auto cache = decoder->newCache();
                const auto text = generate(*decoder, cache, decoder->embed(prompt), {}, options, {}, [&](const language::TokenChoice& choice) {
                    heard.push_back(choice.id);
                    return what != "watcher" || std::ssize(heard) < last;
                }, lookup);
                if (heard != text.ids) throw std::runtime_error("the watcher heard other tokens");
                if (cache.length() != std::ssize(prompt) + std::ssize(text.ids) - 1) throw std::runtime_error(concat("the cache holds ", cache.length()));
                return text;
            };
            const auto plain = run(nullptr);
            auto lookup = searching(joined({prompt, spoilt(whole.ids), prompt}));
            const auto found = run(&lookup);
            QCOMPARE(difference(found, plain), QByteArray());
        }
    }

    void aStopKeepsWhatWasHeard() {
        const auto decoder = load(fixture);
        const auto prompt = promptOf(fixture);
        const auto whole = continued(*decoder, prompt, upTo(newTokens));
        for (int64_t last = 1; last <= 12; ++last) {
            std::stop_source source;
            nn::Pass pass;
            pass.stop = source.get_token();
            Ids heard;
            auto lookup = searching(joined({prompt, whole.ids, prompt}));
            auto cache = decoder->newCache();
            QVERIFY_THROWS_EXCEPTION(Stopped, generate(*decoder, cache, decoder->embed(prompt), {}, upTo(newTokens), pass,
                                                       [&](const language::TokenChoice& choice) {
                                                           heard.push_back(choice.id);
                                                           if (std::ssize(heard) == last) source.request_stop();
                                                           return true;
                                                       },
                                                       &lookup));
            QCOMPARE(heard, Ids(whole.ids.begin(), whole.ids.begin() + last));
            QCOMPARE(cache.length(), std::ssize(prompt) + last - 1);
            const auto rest = generate(*decoder, cache, decoder->embed(Ids{heard.back()}), {}, upTo(newTokens - last), {});
            QCOMPARE(rest.ids, Ids(whole.ids.begin() + last, whole.ids.end()));
        }
    }

    void aWatcherThatFailsLeavesTheTextInTheCache() {
        const auto decoder = load(fixture);
        const auto prompt = promptOf(fixture);
        const auto whole = continued(*decoder, prompt, upTo(newTokens));
        auto lookup = searching(joined({prompt, whole.ids, prompt}));
        auto cache = decoder->newCache();
        int heard = 0;
        QVERIFY_THROWS_EXCEPTION(Error, generate(*decoder, cache, decoder->embed(prompt), {}, upTo(newTokens), {},
                                                 [&](const language::TokenChoice&) -> bool {
                                                     if (++heard == 6) throw Error("broken", "watcher");
                                                     return true;
                                                 },
                                                 &lookup));
        QCOMPARE(cache.length(), std::ssize(prompt) + 5);
    }

    void penaltiesCountForEveryCandidate() {
        const auto decoder = load(fixture);
        const auto prompt = promptOf(fixture);
        auto options = upTo(newTokens);
        options.sampling.repetitionPenalty = 1.3;
        options.sampling.noRepeatNgram = 4;
        const auto plain = continued(*decoder, prompt, options);
        QVERIFY(plain.ids != continued(*decoder, prompt, upTo(newTokens)).ids);
        for (const auto& text : {joined({prompt, plain.ids, prompt}), joined({prompt, spoilt(plain.ids), prompt})}) {
            auto lookup = searching(text);
            QCOMPARE(difference(continued(*decoder, prompt, options, &lookup), plain), QByteArray());
            QVERIFY(lookup.accepted() > 0);
        }
    }

    /// NTK-aware scaling turns every token by the angles of the text's length when it was read.
    void frequenciesThatGrowWithTheTextAreEachTokensOwn() {
        auto json = files::readJson(golden::folder("smollm2/smollm2-tied-hd64/model/config.json"));
        json["max_position_embeddings"] = 50;
        json["rope_scaling"] = {{"type", "dynamic"}, {"factor", 4.0}};
        const golden::Tensors weights(golden::folder("smollm2/smollm2-tied-hd64/model/model.safetensors"));
        const Decoder decoder(nn::Weights(std::make_shared<nn::WeightStore>(weights.table(), nn::WeightOptions{})),
                              language::DecoderConfig::read(json, "config.json"));
        const auto prompt = promptOf("smollm2/smollm2-tied-hd64");
        const auto plain = continued(decoder, prompt, upTo(newTokens));
        auto lookup = searching(joined({prompt, plain.ids, prompt}));
        QCOMPARE(difference(continued(decoder, prompt, upTo(newTokens), &lookup), plain), QByteArray());
        QVERIFY(lookup.accepted() > 0);
        QVERIFY(lookup.accepted() < 10);  // up to the length from which on the angles change
    }

    void sampledTextsAreNotLookedUp() {
        const auto decoder = load(fixture);
        const auto prompt = promptOf(fixture);
        auto options = upTo(newTokens);
        options.sampling.sample = true;
        options.sampling.seed = 5;
        const auto plain = continued(*decoder, prompt, options);
        auto lookup = searching(joined({prompt, plain.ids, prompt}));
        QCOMPARE(continued(*decoder, prompt, options, &lookup).ids, plain.ids);
        QCOMPARE(lookup.proposed(), 0);
    }

    void recordedTensorsAreThoseOfOneTokenAtATime() {
        const auto decoder = load(fixture);
        const auto prompt = promptOf(fixture);
        const auto whole = continued(*decoder, prompt, upTo(12));
        std::vector<std::vector<Tensor>> recorded;
        auto lookup = searching(joined({prompt, whole.ids, prompt}));
        for (PromptLookup* used : {static_cast<PromptLookup*>(nullptr), &lookup}) {
            inspect::Trace trace({"llm/*"});
            nn::Pass pass;
            pass.recorder = &trace;
            auto cache = decoder->newCache();
            generate(*decoder, cache, decoder->embed(prompt), {}, upTo(12), pass, {}, used);
            auto& tensors = recorded.emplace_back();
            for (const auto& activation : trace.activations()) tensors.push_back(activation.values);
        }
        QCOMPARE(lookup.proposed(), 0);
        QCOMPARE(recorded[0].size(), recorded[1].size());
        for (size_t i = 0; i < recorded[0].size(); ++i) QVERIFY(at::equal(recorded[0][i], recorded[1][i]));
    }
};

QTEST_GUILESS_MAIN(LookupGeneration)
#include "lookup_generation_test.moc"
