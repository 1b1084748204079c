#include "core/language/generation.h"
#include "tests/core/language/golden.h"

using namespace fusionscope;
using at::Tensor;
using language::Beginning;
using language::Decoder;
using language::Generated;
using language::GenerationOptions;

namespace {

const std::filesystem::path nano = std::filesystem::path(FUSIONSCOPE_SOURCE_DIR) / "models" / "nano";

/// Texts of many lengths, some sampled, some that end early.
struct Task {
    std::vector<int64_t> prompt;
    GenerationOptions options;
    int64_t heard = 1000;  ///< tokens after which the watcher has enough
};

std::vector<Task> tasks(const Decoder& decoder, size_t count) {
    at::manual_seed(5);
    std::vector<Task> all;
    for (size_t i = 0; i < count; ++i) {
        Task task;
        const Tensor ids =
            at::randint(4, decoder.config().vocabulary, {static_cast<int64_t>(3 + 41 * (i % 7))}, c10::kLong);
        task.prompt.assign(ids.const_data_ptr<int64_t>(), ids.const_data_ptr<int64_t>() + ids.numel());
        task.options.maxNewTokens = static_cast<int64_t>(1 + 5 * (i % 5));
        task.options.alternatives = i % 2 == 0 ? 3 : 0;
        if (i % 3 == 1) {
            task.options.sampling.sample = true;
            task.options.sampling.seed = i;
        }
        if (i % 4 == 2) task.heard = 4;
        all.push_back(task);
    }
    return all;
}

language::TokenWatcher watcherOf(const Task& task, std::vector<int64_t>& heard) {
    return [&task, &heard](const language::TokenChoice& choice) {
        heard.push_back(choice.id);
        return std::ssize(heard) < task.heard;
    };
}

}  // namespace

/// Several texts written side by side are what each would be alone.
class GenerateEach : public QObject {
    Q_OBJECT

    static std::unique_ptr<Decoder> load(c10::ScalarType type) {
        nn::WeightOptions options;
        options.compute = type;
        return Decoder::load(files::ModelFolder::open(nano), options);
    }

  private slots:
    void eachIsWhatItIsAlone_data() {
        QTest::addColumn<bool>("narrow");
        QTest::addColumn<int>("count");
        for (const int count : {0, 1, 8, 21})
            for (const bool narrow : {false, true})
                QTest::addRow("%d texts in %s", count, narrow ? "bf16" : "fp32") << narrow << count;
    }
    void eachIsWhatItIsAlone() {
        QFETCH(bool, narrow);
        QFETCH(int, count);
        const auto decoder = load(narrow ? c10::kBFloat16 : c10::kFloat);
        auto all = tasks(*decoder, static_cast<size_t>(count));
        std::vector<Generated> expected;
        std::vector<std::vector<int64_t>> heardAlone(all.size()), heard(all.size());
        for (size_t i = 0; i < all.size(); ++i) {
            auto cache = decoder->newCache();
            expected.push_back(language::generate(*decoder, cache, decoder->embed(all[i].prompt), {}, all[i].options,
                                                  {}, watcherOf(all[i], heardAlone[i])));
            // A third of them end at an id that comes.
            if (i % 3 == 0 && expected[i].ids.size() > 2) {
                all[i].options.stopIds = {expected[i].ids[2]};
                heardAlone[i].clear();
                cache = decoder->newCache();
                expected[i] = language::generate(*decoder, cache, decoder->embed(all[i].prompt), {}, all[i].options, {},
                                                 watcherOf(all[i], heardAlone[i]));
            }
        }
        std::vector<int> told(all.size());
        size_t begun = 0;
        language::generateEach(
            *decoder, all.size(),
            [&](size_t i) {
                [&] { QCOMPARE(i, begun++); }();
                return Beginning{decoder->newCache(), decoder->embed(all[i].prompt), all[i].options,
                                 watcherOf(all[i], heard[i])};
            },
            [&](size_t i, const Generated& found) {
                ++told[i];
                QCOMPARE(found.ids, expected[i].ids);
                QCOMPARE(found.logProbabilities, expected[i].logProbabilities);
                QVERIFY(found.end == expected[i].end);
                QCOMPARE(found.alternatives.size(), expected[i].alternatives.size());
            },
            {});
        QCOMPARE(told, std::vector<int>(all.size(), 1));
        QCOMPARE(heard, heardAlone);
    }

    void anEmptyPromptIsRefused() {
        const auto decoder = load(c10::kFloat);
        const auto none = [&](size_t) {
            return Beginning{decoder->newCache(), at::empty({1, 0, decoder->config().hidden}), {}};
        };
        QVERIFY_THROWS_EXCEPTION(Error, language::generateEach(*decoder, 1, none, [](size_t, const Generated&) {}, {}));
    }

    void stopsBetweenTokens() {
        const auto decoder = load(c10::kFloat);
        auto all = tasks(*decoder, 9);
        std::stop_source stop;
        nn::Pass pass;
        pass.stop = stop.get_token();
        int tokens = 0;
        const auto begin = [&](size_t i) {
            all[i].options.maxNewTokens = 1000;
            return Beginning{decoder->newCache(), decoder->embed(all[i].prompt), all[i].options,
                             [&](const language::TokenChoice&) {
                                 if (++tokens == 20) stop.request_stop();
                                 return true;
                             }};
        };
        QVERIFY_THROWS_EXCEPTION(Stopped, language::generateEach(
                                              *decoder, all.size(), begin, [](size_t, const Generated&) {}, pass));
        QCOMPARE(tokens, 20);
    }
};

QTEST_GUILESS_MAIN(GenerateEach)
#include "generate_each_test.moc"
