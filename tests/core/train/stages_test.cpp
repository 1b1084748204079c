#include <ATen/ATen.h>

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <stop_token>

#include "core/files/error.h"
#include "core/files/model_folder.h"
#include "core/models/florence_names.h"
#include "core/models/registry.h"
#include "core/models/stored_options.h"
#include "core/train/chat_stage.h"
#include "core/train/chat_model.h"
#include "core/train/export.h"
#include "core/train/fresh.h"
#include "core/train/low_rank.h"
#include "core/train/snapshot.h"
#include "core/train/tower_stage.h"
#include "core/train/training.h"
#include "core/train/weights.h"
#include "core/world/captions.h"

using namespace fusionscope;
using namespace fusionscope::train;

namespace {

namespace fs = std::filesystem;

const fs::path nano = FUSIONSCOPE_SOURCE_DIR "/models/nano";

const world::Materials& materials() {
    static const auto loaded = world::Materials::load(FUSIONSCOPE_SOURCE_DIR "/resources/world");
    return loaded;
}

std::unique_ptr<text::Tokenizer> towerTokenizer(const fs::path& model) {
    text::LoadOptions options;
    options.florenceTokens = true;
    return text::loadTokenizer(model / "vision_tower", options);
}

models::FlorenceVlConfig configOf(const fs::path& model) {
    const auto folder = files::ModelFolder::open(model);
    auto table = folder.tensors();
    models::canonicalizeFlorenceNames(table, models::FlorenceVl::towerPrefix);
    return models::FlorenceVlConfig::read(folder, table);
}

Recipe recipeOf(Recipe::Stage stage) {
    Recipe recipe;
    recipe.stage = stage;
    recipe.pictures = 24;
    recipe.batch = 4;
    recipe.warmUp = 4;
    recipe.visits = 2;
    recipe.examineEvery = 8;
    recipe.examined = 4;
    recipe.pool = 5;
    recipe.trainsTower = stage == Recipe::Stage::Captions;
    return recipe;
}

std::unique_ptr<image::Processor> fromFolder(const fs::path& model) {
    const auto folder = files::ModelFolder::open(model);
    return image::makeProcessor("llava_llama", folder.json("preprocessor_config.json"), folder.json("config.json"), "test");
}

/// A stage with everything that it borrows.
struct Class {
    Class(const Recipe& recipe, const fs::path& model, const fs::path& adapter = {})
        : weights(readWeights(files::ModelFolder::open(model), c10::kCPU)), ofTower(towerTokenizer(model)), ofModel(text::loadTokenizer(model)),
          processor(fromFolder(model)), album(materials(), *processor, world::Split::Train, recipe.seed, recipe.families, recipe.lessons),
          exam(materials(), *processor, world::Split::Test, recipe.seed, recipe.families, recipe.lessons) {
        if (!adapter.empty()) putAdapter(adapter, weights);
        if (recipe.stage == Recipe::Stage::Tower)
            stage = std::make_unique<TowerStage>(recipe, weights, configOf(model), materials(), *processor, *ofTower, c10::kFloat);
        else
            stage = std::make_unique<ChatStage>(recipe, weights, configOf(model), files::ModelFolder::open(model), text::ChatTemplate::named("chatml-nosystem"), album, exam, *ofModel, c10::kFloat);
    }
    Tensors weights;
    std::unique_ptr<text::Tokenizer> ofTower, ofModel;
    std::unique_ptr<image::Processor> processor;
    PaintedAlbum album, exam;
    std::unique_ptr<Stage> stage;
};

TrainingOptions optionsFor(const fs::path& model, const fs::path& folder) {
    TrainingOptions options;
    options.folder = folder;
    options.source = model.string();
    options.say = [](const std::string&) {};
    return options;
}

void run(const Recipe& recipe, const fs::path& model, const fs::path& folder) {
    runTraining(*Class(recipe, model).stage, recipe, optionsFor(model, folder), c10::kFloat);
}

}  // namespace

Q_DECLARE_METATYPE(fusionscope::train::Recipe::Stage)
Q_DECLARE_METATYPE(fusionscope::fusion::FusionKind)

class Stages : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    fs::path m_model;

    static fs::path smolLm2() {
        const auto cache = qEnvironmentVariable("XDG_CACHE_HOME", QDir::homePath() + "/.cache");
        return (cache + "/fusionscope/smollm2-real/smollm2.gguf").toStdString();
    }
    fs::path path(const char* name) const { return fs::path(m_folder.path().toStdString()) / name; }

    static void addStages() {
        QTest::addColumn<Recipe::Stage>("stage");
        QTest::addColumn<int>("lowRank");
        QTest::newRow("tower") << Recipe::Stage::Tower << 0;
        QTest::newRow("captions") << Recipe::Stage::Captions << 0;
        QTest::newRow("instructions") << Recipe::Stage::Instructions << 0;
        QTest::newRow("low rank") << Recipe::Stage::Instructions << 4;
    }

  private slots:
    void initTestCase() {
        m_model = path("model");
        makeFreshModel(nano, m_model, true, 3);
    }

    void aFreshModelIsAFlorenceVl() {
        const auto loaded = models::loadModel(files::ModelFolder::open(m_model), {});
        QCOMPARE(loaded.family, std::string("florence-vl"));
        QVERIFY_THROWS_EXCEPTION(Error, makeFreshModel(nano, m_model, true, 3));
    }

    void everyWeightOfAStageGetsAGradient_data() { addStages(); }
    void everyWeightOfAStageGetsAGradient() {
        QFETCH(Recipe::Stage, stage);
        QFETCH(int, lowRank);
        Recipe recipe = recipeOf(stage);
        recipe.lowRank = lowRank;
        Class lessons(recipe, m_model);
        lessons.stage->startAt(0);
        const StepLosses losses = lessons.stage->losses(0, 0);
        QCOMPARE(losses.parts.size(), lessons.stage->partNames().size());
        losses.loss.backward();
        int64_t count = 0;
        for (const auto& [name, weight] : lessons.stage->weights()) {
            QVERIFY2(weight.grad().defined(), name.c_str());
            QVERIFY2(at::isfinite(weight.grad()).all().item<bool>(), name.c_str());
            count += weight.numel();
        }
        QVERIFY(count > 10'000);
        for (const auto& [name, weight] : lessons.weights)
            QVERIFY2(lessons.stage->weights().contains(name) || !weight.requires_grad(), name.c_str());
    }

    void lowRankChangesLeaveTheMatricesAlone() {
        Recipe recipe = recipeOf(Recipe::Stage::Instructions);
        recipe.lowRank = 4;
        Class lessons(recipe, m_model);
        for (const auto& [name, weight] : lessons.stage->weights())
            QVERIFY2(isLowRank(name) || name.starts_with("model.mm_projector."), name.c_str());
        QCOMPARE(std::count_if(lessons.stage->weights().begin(), lessons.stage->weights().end(), [](const auto& item) { return isLowRank(item.first); }),
                 2 * 7 * 2);  // two layers of seven matrices
    }

    void mergedChangesAreAdded() {
        at::manual_seed(2);
        Tensors weights{{"a.weight", at::randn({5, 3})}, {"a.lora_A.weight", at::randn({2, 3})}, {"a.lora_B.weight", at::randn({5, 2})}, {"b.weight", at::ones({2})}};
        const Tensor expected = weights["a.weight"] + weights["a.lora_B.weight"].mm(weights["a.lora_A.weight"]);
        mergeLowRank(weights);
        QCOMPARE(weights.size(), 2);
        QVERIFY(at::allclose(weights["a.weight"], expected));
        Tensors half{{"a.weight", at::ones({5, 3})}, {"a.lora_A.weight", at::ones({2, 3})}};
        QVERIFY_THROWS_EXCEPTION(Error, mergeLowRank(half));
    }

    void newLowRankChangesChangeNothing() {
        const auto config = configOf(m_model).decoder;
        auto weights = readWeights(files::ModelFolder::open(m_model), c10::kCPU);
        const auto before = weights;
        weights.merge(lowRankPairs(config, 4, 1, c10::kCPU));
        mergeLowRank(weights);
        QCOMPARE(weights.size(), before.size());
        for (const auto& [name, tensor] : before) QVERIFY2(at::equal(tensor, weights.at(name)), name.c_str());
    }

    void joinsATowerWithALanguageModel() {
        const auto gguf = smolLm2();
        if (!fs::exists(gguf)) QSKIP("SmolLM2 is not here; installer/smollm2 fetches it");
        if (!fs::exists(path("joined"))) makeChatModel(m_model, gguf, {}, path("joined"), 1);
        const auto folder = files::ModelFolder::open(path("joined"));
        const auto model = models::loadModel(folder, {});
        QCOMPARE(model.family, std::string("florence-vl"));
        QCOMPARE(model.decoder()->config().hidden, 576);
        const auto tokenizer = text::loadTokenizer(path("joined"));
        const auto language = files::ModelFolder::open(gguf);
        const auto& stored = *language.gguf()->tokenizer;
        text::GgufVocabulary vocabulary;
        vocabulary.model = stored.model;
        vocabulary.pre = stored.pre;
        vocabulary.tokens = stored.tokens;
        vocabulary.merges = stored.merges;
        vocabulary.tokenTypes = stored.tokenTypes;
        const auto reference = text::loadGgufTokenizer(vocabulary, "reference");
        for (const char* words : {"How many red cars are there in 2024?", " don't  stop\n\n", "Größe 12:30 €", "<|im_start|>user\nhi<|im_end|>"})
            QCOMPARE(tokenizer->encode(words), reference->encode(words));
        QVERIFY_THROWS_EXCEPTION(Error, makeChatModel(m_model, m_model, {}, path("joined2"), 1));
    }

    void anAdapterCompletesTowerAndLanguageModelToWhatWasTrained() {
        const auto gguf = smolLm2();
        if (!fs::exists(gguf)) QSKIP("SmolLM2 is not here; installer/smollm2 fetches it");
        if (!fs::exists(path("joined"))) makeChatModel(m_model, gguf, {}, path("joined"), 1);
        Recipe recipe = recipeOf(Recipe::Stage::Instructions);
        recipe.lowRank = 2;
        recipe.pictures = recipe.batch;
        recipe.examineEvery = 0;
        run(recipe, path("joined"), path("trained"));
        exportModel(path("trained"), path("whole"));
        exportAdapter(path("trained"), path("adapter.safetensors"));
        makeChatModel(m_model, gguf, path("adapter.safetensors"), path("completed"), 1);
        QVERIFY(fs::file_size(path("adapter.safetensors")) < fs::file_size(path("whole") / "model.safetensors") / 20);

        const auto whole = readWeights(files::ModelFolder::open(path("whole")), c10::kCPU);
        const auto completed = readWeights(files::ModelFolder::open(path("completed")), c10::kCPU);
        QCOMPARE(completed.size(), whole.size());
        for (const auto& [name, tensor] : whole) {
            // Two roundings to bf16 lie between them: of the language model that was trained on, and of the adapter.
            const double far = (completed.at(name) - tensor).norm().item<double>() / std::max(1e-12, tensor.norm().item<double>());
            QVERIFY2(far < 0.01, name.c_str());
        }
        // Another training goes on from the same changes.
        const Class goingOn(recipe, path("joined"), path("adapter.safetensors"));
        const auto learnt = Snapshot::read(checkpointOf(path("trained"))).tensors;
        int pairs = 0;
        for (const auto& [name, weight] : goingOn.stage->weights()) {
            QVERIFY2(at::allclose(weight, learnt.at("average/" + name), 1e-2, 1e-6), name.c_str());
            pairs += isLowRank(name) ? 1 : 0;
        }
        QCOMPARE(pairs, 2 * 7 * 30);
        QVERIFY_THROWS_EXCEPTION(Error, makeChatModel(m_model, gguf, m_model / "model.safetensors", path("wrong"), 1));
        QVERIFY_THROWS_EXCEPTION(Error, makeChatModel(m_model, gguf, path("joined") / "config.json", path("wrong"), 1));
    }

    void anUntaughtModelLearnsFromFeaturesJoinedAsItsFolderSays_data() {
        QTest::addColumn<fusion::FusionKind>("kind");
        QTest::addColumn<int64_t>("width");
        QTest::addColumn<bool>("withoutV");
        QTest::addColumn<bool>("keepsLanguage");
        const int64_t width = configOf(m_model).tower.text.width;
        QTest::newRow("channels") << fusion::FusionKind::Channels << 4 * width << false << false;
        QTest::newRow("tokens") << fusion::FusionKind::Tokens << width << false << false;
        QTest::newRow("average") << fusion::FusionKind::Average << width << false << false;
        QTest::newRow("without V") << fusion::FusionKind::Channels << 4 * width << true << false;
        QTest::newRow("language kept") << fusion::FusionKind::Tokens << width << false << true;
    }
    void anUntaughtModelLearnsFromFeaturesJoinedAsItsFolderSays() {
        QFETCH(fusion::FusionKind, kind);
        QFETCH(int64_t, width);
        QFETCH(bool, withoutV);
        QFETCH(bool, keepsLanguage);
        const auto name = [&](const char* which) { return path(which).string() + QTest::currentDataTag(); };
        fusion::FusionOptions joining;
        joining.kind = kind;
        if (withoutV) {
            joining.ablated = {fusion::Block::V};
            joining.ablation = fusion::Ablation::Zero;
        }
        makeUntaughtModel(m_model, name("untaught"), joining, keepsLanguage, 5);
        const std::string projector = "model.mm_projector.encoder_mlp.0.weight";
        const auto before = readWeights(files::ModelFolder::open(name("untaught")), c10::kCPU);
        const auto source = readWeights(files::ModelFolder::open(m_model), c10::kCPU);
        QCOMPARE(before.at(projector).size(1), width);
        for (const auto& [weight, tensor] : source)
            if (tensor.dim() == 2 && weight != projector)
                QVERIFY2(at::equal(tensor, before.at(weight)) ==
                             (weight.starts_with(models::FlorenceVl::towerPrefix) || (keepsLanguage && !weight.starts_with("model.mm_projector."))),
                         weight.c_str());

        Recipe recipe = recipeOf(Recipe::Stage::Instructions);
        recipe.examineEvery = 0;
        run(recipe, name("untaught"), name("taught"));
        exportModel(name("taught"), name("exported"));
        const auto folder = files::ModelFolder::open(name("exported"));
        QCOMPARE(models::storedEncodeOptions(folder, {}).fusion, joining);
        QCOMPARE(models::loadModel(folder, {}).family, std::string("florence-vl"));

        // What is never seen is only worn down by decay, every column of it alike.
        const Tensor ratio = Snapshot::read(checkpointOf(name("taught"))).tensors.at("weight/" + projector) / before.at(projector);
        const Tensor ofV = ratio.narrow(1, 0, width / 4);
        const double spread = (ofV.max() - ofV.min()).item<double>();
        QVERIFY2((spread < 1e-4) == withoutV, qPrintable(QString::number(spread)));
    }

    void theFrozenTowerStaysFrozen() {
        Class lessons(recipeOf(Recipe::Stage::Instructions), m_model);
        for (const auto& [name, weight] : lessons.stage->weights()) QVERIFY2(name.find("vision_tower") == std::string::npos, name.c_str());
    }

    void goingOnEqualsNeverHavingStopped_data() { addStages(); }
    void goingOnEqualsNeverHavingStopped() {
        QFETCH(Recipe::Stage, stage);
        QFETCH(int, lowRank);
        const auto name = [&](const char* which) { return path(which).string() + QTest::currentDataTag(); };
        Recipe recipe = recipeOf(stage);
        recipe.lowRank = lowRank;
        run(recipe, m_model, name("whole"));
        std::stop_source stop;
        Class lessons(recipe, m_model);
        struct Stopping : Stage {
            Stopping(Stage& stage, std::stop_source& source) : inner(stage), stop(source) {}
            const Tensors& weights() const override { return inner.weights(); }
            std::vector<std::string> partNames() const override { return inner.partNames(); }
            void startAt(int64_t picture) override { inner.startAt(picture); }
            StepLosses losses(int64_t seen, double done) override {
                if (seen == 12) stop.request_stop();
                return inner.losses(seen, done);
            }
            double examine(int64_t pictures) override { return inner.examine(pictures); }
            Stage& inner;
            std::stop_source& stop;
        } stopping(*lessons.stage, stop);
        TrainingOptions options = optionsFor(m_model, name("halves"));
        options.stop = stop.get_token();
        QVERIFY_THROWS_EXCEPTION(Stopped, runTraining(stopping, recipe, options, c10::kFloat));
        QCOMPARE(Snapshot::read(checkpointOf(options.folder)).state["seen"].get<int>(), 16);
        run(recipe, m_model, options.folder);

        const auto whole = Snapshot::read(checkpointOf(name("whole"))), halves = Snapshot::read(checkpointOf(options.folder));
        QCOMPARE(halves.state["seen"], whole.state["seen"]);
        QCOMPARE(halves.tensors.size(), whole.tensors.size());
        for (const auto& [tensor, value] : whole.tensors) QVERIFY2(at::equal(value, halves.tensors.at(tensor)), tensor.c_str());
        QCOMPARE(halves.state["best_exam"], whole.state["best_exam"]);
        const auto lines = [](const fs::path& file) {
            QFile in(QString::fromStdString(file.string()));
            return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
        };
        QCOMPARE(lines(options.folder / "exams.csv"), lines(fs::path(name("whole")) / "exams.csv"));
        QCOMPARE(lines(options.folder / "exams.csv").count('\n'), 4);  // the names, then three examinations
    }

    void aBrokenLossEndsTheTrainingAndSavesNothing() {
        Class lessons(recipeOf(Recipe::Stage::Instructions), m_model);
        struct Broken : Stage {
            explicit Broken(Stage& stage) : inner(stage) {}
            const Tensors& weights() const override { return inner.weights(); }
            std::vector<std::string> partNames() const override { return inner.partNames(); }
            void startAt(int64_t picture) override { inner.startAt(picture); }
            StepLosses losses(int64_t seen, double done) override {
                auto losses = inner.losses(seen, done);
                losses.loss = losses.loss * NAN;
                return losses;
            }
            double examine(int64_t pictures) override { return inner.examine(pictures); }
            Stage& inner;
        } broken(*lessons.stage);
        const TrainingOptions options = optionsFor(m_model, path("broken"));
        QVERIFY_THROWS_EXCEPTION(Error, runTraining(broken, recipeOf(Recipe::Stage::Instructions), options, c10::kFloat));
        QVERIFY(!fs::exists(checkpointOf(options.folder)) && !fs::exists(bestOf(options.folder)));
    }

    void examinationsAreTheSameEachTimeAndLeaveNoTrace() {
        Class lessons(recipeOf(Recipe::Stage::Instructions), m_model);
        const double first = lessons.stage->examine(4);
        QCOMPARE(lessons.stage->examine(4), first);
        lessons.stage->startAt(0);
        lessons.stage->losses(0, 0).loss.backward();
        QCOMPARE(lessons.stage->examine(4), first);
    }

    void theBestExamIsWhatIsExported() {
        run(recipeOf(Recipe::Stage::Tower), m_model, path("best"));
        auto best = Snapshot::read(bestOf(path("best")));
        QVERIFY(best.state["loss"].get<double>() > 0);
        const std::string name = std::string(models::FlorenceVl::towerPrefix) + "image_projection";
        best.tensors.at("average/" + name).fill_(0.5);
        best.write(bestOf(path("best")));
        exportModel(path("best"), path("best-model"));
        QVERIFY(at::equal(readWeights(files::ModelFolder::open(path("best-model")), c10::kCPU).at(name), best.tensors.at("average/" + name)));
    }

    void anotherStagesCheckpointIsRefused() {
        run(recipeOf(Recipe::Stage::Tower), m_model, path("mixed"));
        QVERIFY_THROWS_EXCEPTION(Error, run(recipeOf(Recipe::Stage::Instructions), m_model, path("mixed")));
    }

    void exportIsTheMeanOfTheWeights() {
        Recipe recipe = recipeOf(Recipe::Stage::Instructions);
        recipe.examineEvery = 0;
        run(recipe, m_model, path("exported"));
        exportModel(path("exported"), path("product"));
        const auto product = readWeights(files::ModelFolder::open(path("product")), c10::kCPU);
        const auto snapshot = Snapshot::read(checkpointOf(path("exported")));
        const char* name = "model.layers.1.mlp.up_proj.weight";
        const Tensor mean = snapshot.tensors.at(std::string("average/") + name);
        QVERIFY(at::equal(product.at(name), mean.to(c10::kBFloat16).to(c10::kFloat)));
        QVERIFY(!at::equal(mean, snapshot.tensors.at(std::string("weight/") + name)));
        QCOMPARE(models::loadModel(files::ModelFolder::open(path("product")), {}).family, std::string("florence-vl"));
    }

    void towerTasksSpellWhatTheSceneSays() {
        const auto tokenizer = towerTokenizer(nano);
        const auto processor = fromFolder(nano);
        const auto config = configOf(nano);
        const SampleMaker maker(materials(), *processor, *tokenizer, config.prompts, 8, 200);
        int captions = 0, boxes = 0, texts = 0;
        for (uint64_t i = 0; i < 60; ++i) {
            const auto scene = trainingScene(materials(), world::Split::Train, 7, i, {});
            const Sample sample = maker.make(scene, true);
            QCOMPARE(sample.pixels.size(), std::size_t{256 * 256 * 3});
            for (const TextTask& task : sample.tasks) {
                QCOMPARE(task.target[0], 2);
                QCOMPARE(task.target[1], 0);
                const std::string prompt = tokenizer->decode(task.prompt, {true}), text = tokenizer->decode(task.target, {true});
                if (task.target.back() != 2) continue;  // cut
                if (prompt == "Describe in detail what is shown in the image.") {
                    QCOMPARE(text, world::detailedCaption(scene, materials().nouns));
                    ++captions;
                }
                if (prompt == "What is the text in the image?") {
                    QCOMPARE(text, world::writtenText(scene));
                    ++texts;
                }
                for (const int64_t id : task.target)
                    if (tokenizer->token(id).starts_with("<loc_")) {
                        QVERIFY(tokenizer->token(id).ends_with("5>"));
                        ++boxes;
                    }
            }
        }
        QVERIFY(captions > 10 && texts > 3 && boxes > 50);
    }

    void lettersLieWhereTheyArePainted() {
        const auto tokenizer = towerTokenizer(nano);
        const auto processor = fromFolder(nano);
        const SampleMaker maker(materials(), *processor, *tokenizer, configOf(nano).prompts, 8, 112);
        int found = 0;
        for (uint64_t i = 0; i < 20; ++i) {
            const auto scene = trainingScene(materials(), world::Split::Train, 9, i, {{world::Family::Text, 1}});
            const Sample sample = maker.make(scene, false);
            QVERIFY(sample.tasks.empty());
            for (const auto& line : scene.lines)
                for (std::size_t k = 0; k < line.text.size(); ++k) {
                    const auto letter = alphabet.find(line.text[k]);
                    const QPointF at = line.letters[k];
                    if (letter == std::string_view::npos || !QRectF(0, 0, 256, 256).contains(at)) continue;
                    const auto place = (static_cast<int64_t>(at.y() / 16) * 16 + static_cast<int64_t>(at.x() / 16)) *
                                           static_cast<int64_t>(alphabet.size()) + static_cast<int64_t>(letter);
                    QVERIFY(std::find(sample.letters.begin(), sample.letters.end(), place) != sample.letters.end());
                    ++found;
                }
        }
        QVERIFY(found > 100);
    }

    void cellsShowTheNearestThing() {
        world::Scene scene;
        world::Object far, near;
        far.kind = near.kind = world::Object::Kind::Shape;
        far.box = QRectF(0, 0, 256, 256);
        far.name = "circle";
        near.name = "star";
        far.colour = world::Colour::Red;
        near.shape = world::Shape::Star;
        near.colour = world::Colour::Blue;
        near.box = QRectF(64, 64, 32, 32);
        scene.objects = {far, near};
        const auto labels = cellLabels(scene, materials().nouns, 8);
        QVERIFY(labels.nouns[0] != labels.nouns[2 * 8 + 2] && labels.nouns[0] > 0);
        QCOMPARE(labels.words[0], std::string("circle"));
        QCOMPARE(labels.words[2 * 8 + 2], std::string("star"));
        QCOMPARE(labels.colours[2 * 8 + 2], static_cast<int64_t>(world::Colour::Blue));
        QCOMPARE(std::count(labels.words.begin(), labels.words.end(), "circle"), 63);
    }

    void classesOfCellsAreInRange() {
        for (uint64_t i = 0; i < 300; ++i) {
            const auto labels = cellLabels(trainingScene(materials(), world::Split::Train, 2, i, {}), materials().nouns, 8);
            for (std::size_t k = 0; k < labels.nouns.size(); ++k) {
                QVERIFY(labels.nouns[k] >= 0 && labels.nouns[k] < nounClasses(materials().nouns));
                QVERIFY(labels.colours[k] >= 0 && labels.colours[k] < colourClasses);
                QCOMPARE(labels.nouns[k] == 0, labels.words[k].empty());
            }
        }
    }

    void lessonsLearnAnswersAndNothingElse() {
        const auto tokenizer = text::loadTokenizer(nano);
        const auto chat = text::ChatTemplate::named("chatml-nosystem");
        const std::vector<Exchange> exchanges = {{"Is there a dog?", "Yes, there is a dog."}, {"What is written?", "\"STOP\""}};
        const Lesson lesson = asLesson(exchanges, chat, *tokenizer, 400);
        std::vector<int64_t> learnt;
        for (const int64_t place : lesson.learnt) learnt.push_back(lesson.ids.at(static_cast<std::size_t>(place)));
        QCOMPARE(tokenizer->decode(learnt), std::string("Yes, there is a dog.<|im_end|>\"STOP\"<|im_end|>"));
        QCOMPARE(lesson.lengths.size(), lesson.learnt.size());
        const auto long_ = static_cast<std::size_t>(lesson.lengths.front());
        QCOMPARE(tokenizer->decode({learnt.data(), long_}), std::string("Yes, there is a dog.<|im_end|>"));
        for (std::size_t i = 0; i < learnt.size(); ++i) QCOMPARE(lesson.lengths[i], static_cast<int64_t>(i < long_ ? long_ : learnt.size() - long_));
        QCOMPARE(std::count(lesson.ids.begin(), lesson.ids.end(), models::FlorenceVl::picturePlaceholder), 1);
        QVERIFY(asLesson(exchanges, chat, *tokenizer, 30).ids.size() < lesson.ids.size());
    }

    void textsOfLikeLengthAreComputedTogether() {
        using Groups = std::vector<std::vector<int64_t>>;
        QCOMPARE(ofLikeLength({30, 10, 50, 20, 40}, 2), (Groups{{1, 3}, {0, 4, 2}}));
        QCOMPARE(ofLikeLength({7, 7, 7}, 4), (Groups{{0}, {1}, {2}}));
        QCOMPARE(ofLikeLength({}, 4), Groups{});
    }

    /// Conversations are computed in groups and padded within them; neither may change what is learnt.
    void lossOfABatchIsThatOfItsConversations() {
        Recipe recipe = recipeOf(Recipe::Stage::Instructions);
        recipe.cellWeight = 0;
        recipe.answerBalance = 1;  // each answer weighs alike, so that means of means are means
        recipe.lessons.least = recipe.lessons.most = 3;
        recipe.lessons.dialogues = 0;
        recipe.longestLesson = 2000;
        recipe.visits = 1;
        constexpr int pictures = 9;
        recipe.batch = 1;
        const double alone = Class(recipe, nano).stage->examine(pictures);
        recipe.batch = pictures;
        const double together = Class(recipe, nano).stage->examine(pictures);
        QVERIFY2(std::abs(together - alone) < 1e-4 * alone,
                 std::to_string(together).append(" ").append(std::to_string(alone)).c_str());
    }

    void picturesAreDrawnInTheSharesOfTheRecipe() {
        int texts = 0;
        for (uint64_t i = 0; i < 200; ++i) {
            const auto scene = trainingScene(materials(), world::Split::Train, 1, i, {{world::Family::Text, 3}, {world::Family::Shapes, 1}});
            QVERIFY(scene.family == world::Family::Text || scene.family == world::Family::Shapes);
            QCOMPARE(scene.split, world::Split::Train);
            texts += scene.family == world::Family::Text;
        }
        QVERIFY2(texts > 125 && texts < 175, std::to_string(texts).c_str());
    }
};

QTEST_MAIN(Stages)
#include "stages_test.moc"
