#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include "app/cli/command.h"
#include "app/cli/curve_picture.h"
#include "core/engine/program_files.h"
#include "core/engine/model.h"
#include "core/files/error.h"
#include "core/fusion/fusion_names.h"
#include "core/train/chat_model.h"
#include "core/train/export.h"
#include "core/train/fresh.h"
#include "core/train/lesson_plan.h"
#include "ui/plot/offscreen_gui.h"

namespace fusionscope::cli {

namespace {

struct Options {
    std::string recipe = "tower", model, out, exported, exportedAdapter, plot, data, language, adapter, fusion = "channels", ablated, device = "cpu";
    std::optional<int64_t> pictures;
    std::optional<double> minutes;
    double saveSeconds = 110;
    int threads = 0;
    bool tiny = false, untaught = false, keepsLanguage = false;
};

c10::Device deviceNamed(const std::string& name) {
    if (name == "cuda" && !at::hasCUDA())
        throw Error("this program's LibTorch knows no CUDA device", "--device", "Train on the CPU, or build with a CUDA wheel.");
    return c10::Device(name);
}

int trainTiny(const train::TrainingOptions& training, const std::filesystem::path& source, Terminal& terminal) {
    const auto [tower, chat] = train::trainTiny(source, engine::worldMaterials(), engine::trainingRecipes(), training);
    terminal.endTask();
    terminal.writeLine(concat("The tower's loss fell by a factor of ", tower, ", the language model's by ", chat, "; at least ",
                              train::tinyFactor, " was wanted."));
    terminal.writeLine((training.folder / "model").string());
    return std::min(tower, chat) >= train::tinyFactor ? Done : Refused;
}

/// How the model's features are joined by default, but for what the person chose.
fusion::FusionOptions joiningOf(const Options& options, const std::filesystem::path& model) {
    auto joining = engine::Model::load(model)->encodeOptions().fusion;
    joining.kind = fusion::fusionKindNamed(options.fusion);
    joining.ablated = options.ablated.empty() ? std::vector<fusion::Block>() : fusion::blocksNamed(options.ablated);
    joining.ablation = joining.ablated.empty() ? fusion::Ablation::None : fusion::Ablation::Zero;
    return joining;
}

int run(const Options& options, Terminal& terminal) {
    if (!options.exported.empty()) {
        train::exportModel(options.out, options.exported);
        terminal.writeLine(options.exported);
        return Done;
    }
    if (!options.exportedAdapter.empty()) {
        train::exportAdapter(options.out, options.exportedAdapter);
        terminal.writeLine(options.exportedAdapter);
        return Done;
    }
    if (!options.plot.empty()) {
        const plot::OffscreenGui gui;
        drawCurve(std::filesystem::path(options.out) / "curve.csv", options.plot);
        terminal.writeLine(options.plot);
        return Done;
    }
    if (!options.language.empty()) {
        const auto tower = options.model.empty() ? engine::bundledModel() : std::filesystem::path(options.model);
        train::makeChatModel(tower, options.language, options.adapter, options.out, 1);
        terminal.writeLine(options.out);
        return Done;
    }
    if (options.untaught) {
        const auto tower = options.model.empty() ? engine::bundledModel() : std::filesystem::path(options.model);
        train::makeUntaughtModel(tower, options.out, joiningOf(options, tower), options.keepsLanguage, 1);
        terminal.writeLine(options.out);
        return Done;
    }
    if (options.threads > 0) at::set_num_threads(options.threads);
    const auto source = options.model.empty() ? engine::bundledModel() : std::filesystem::path(options.model);
    const plot::OffscreenGui gui;
    const auto control = terminal.beginTask();
    train::TrainingOptions training;
    training.folder = options.out;
    training.stop = control.stop;
    training.saveSeconds = options.saveSeconds;
    if (options.minutes) training.seconds = 60 * *options.minutes;
    training.say = [&terminal](const std::string& line) { terminal.say(line); };
    if (options.tiny) return trainTiny(training, source, terminal);
    const std::filesystem::path named(options.recipe);
    auto recipe = train::readRecipe(named.extension() == ".json" ? named : engine::trainingRecipes() / (options.recipe + ".json"));
    if (options.pictures) recipe.pictures = *options.pictures;
    train::LessonPlan plan{recipe, source, options.adapter, engine::worldMaterials(), {}, deviceNamed(options.device)};
    if (!options.data.empty()) plan.data = options.data;
    train::train(plan, training);
    terminal.endTask();
    return Done;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("--recipe", options->recipe, "What to learn: tower, captions, instructions, or a file like resources/train/tower.json")
        ->capture_default_str();
    app.add_option("--model", options->model, "Florence-VL folder to start from; the bundled model if none is named")->type_name("DIR");
    app.add_option("--out", options->out, "Folder for checkpoint.safetensors and curve.csv; what is there is gone on with")
        ->required()
        ->type_name("DIR");
    app.add_option("--data", options->data,
                   "Folder of your own pictures, with captions or questions and answers in .json or .jsonl files as LLaVA has them")
        ->type_name("DIR");
    app.add_option("--pictures", options->pictures, "Pictures to show in all, instead of the recipe's number")
        ->check(CLI::Range(int64_t{1}, int64_t{1} << 40))
        ->type_name("N");
    app.add_option("--minutes", options->minutes,
                   "End the schedule after so many minutes of computing, even if fewer pictures were shown than the recipe has")
        ->check(CLI::Range(0.01, 1e6))
        ->type_name("M");
    app.add_option("--export", options->exported, "Do not train: write what --out holds as a model folder")->type_name("DIR");
    app.add_option("--export-adapter", options->exportedAdapter,
                   "Do not train: write only what was learnt, without the model it started from, as a safetensors file for --adapter")
        ->type_name("FILE");
    app.add_option("--plot", options->plot, "Do not train: draw the losses so far as .png or .svg")->type_name("FILE");
    app.add_option("--join", options->language,
                   "Do not train: write to --out the tower of --model with the language model of this GGUF file, ready for the recipe chat")
        ->type_name("FILE");
    app.add_option("--adapter", options->adapter, "What --export-adapter wrote: with --join it becomes part of the model, with a recipe it is gone on with")->type_name("FILE");
    auto* untaught = app.add_flag("--untaught", options->untaught,
                                  "Do not train: write to --out the tower of --model with a projector and language model that have learnt nothing");
    app.add_flag("--keep-language", options->keepsLanguage, "With --untaught: the language model stays as it is, only the projector is new")
        ->needs(untaught);
    app.add_option("--fusion", options->fusion, "With --untaught: how the tower's features are joined")
        ->check(CLI::IsMember({"channels", "tokens", "average"}))
        ->needs(untaught)
        ->capture_default_str();
    app.add_option("--ablate", options->ablated, "With --untaught: blocks that the language model never sees, of V,caption,ocr,grounding")
        ->needs(untaught)
        ->type_name("BLOCKS");
    app.add_flag("--tiny", options->tiny, "The whole recipe in small from scratch, in a minute or two");
    app.add_option("--device", options->device, "cpu or cuda")->check(CLI::IsMember({"cpu", "cuda"}))->capture_default_str();
    app.add_option("--threads", options->threads, "Threads to compute with; 0: one for each core")
        ->check(CLI::Range(0, 1024))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--save-seconds", options->saveSeconds, "Seconds of work that are lost at most when the program is killed")
        ->check(CLI::Range(0.0, 86400.0))
        ->type_name("S")
        ->capture_default_str();
    return [options](Terminal& terminal) { return run(*options, terminal); };
}

}  // namespace

const Command trainCommand = {
    "train",
    "Train a Florence-VL on the visual world; stop and go on at any time.",
    "train --recipe tower --out training/tower",
    prepare,
};

}  // namespace fusionscope::cli
