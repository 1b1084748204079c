#include "app/cli/model_options.h"

#include "core/engine/program_files.h"
#include "core/files/error.h"
#include "core/fusion/fusion_names.h"

namespace fusionscope::cli {

namespace {

void parsePrompt(const std::string& text) {
    const auto split = text.find('=');
    if (split == 0 || split == std::string::npos || split + 1 == text.size())
        throw Error("\"" + text + "\" is not of the form NAME=TEXT", {});
}

}  // namespace

CLI::Validator acceptedBy(void (*parse)(const std::string&), const std::string& typeName) {
    return CLI::Validator(
        [parse](std::string& value) {
            try {
                parse(value);
                return std::string();
            } catch (const Error& error) {
                return std::string(error.what());
            }
        },
        typeName);
}

void ModelOptions::addFolderTo(CLI::App& options) {
    options.add_option("--model", folder, "Checkpoint folder or .gguf file; without it the bundled model")
        ->type_name("DIR");
}

void ModelOptions::addTo(CLI::App& options) {
    addFolderTo(options);
    options.add_option("--dtype", dtype, "How weights are held: auto, fp32, bf16, fp16, int8, int4. auto: in bf16; where the processor has no "
                       "instructions for it, as the file holds them (bf16, GGUF's blocks), with fp32 between them")
        ->check(acceptedBy([](const std::string& text) { engine::precisionNamed(text); }, "TYPE"))
        ->capture_default_str();
    options.add_option("--group-size", load.groupSize, "Columns that share a scale in int4: 32, 64 or 128")
        ->check(CLI::IsMember({32, 64, 128}))
        ->type_name("N")
        ->capture_default_str();
    options.add_option("--device", load.device, "cpu, cuda or cuda:N")->type_name("NAME")->capture_default_str();
    options.add_option("--threads", load.threads, "Threads to compute with; 0: one for each core")
        ->check(CLI::Range(0, 1024))
        ->type_name("N")
        ->capture_default_str();
    options.add_option("--template", load.chatTemplate, "How conversations are written, in place of the checkpoint's way")
        ->check(acceptedBy([](const std::string& text) { text::ChatTemplate::named(text); }, "NAME"));
    options.add_flag("--pillow13", load.pillow13Order, "Resize pictures with the passes in the order of Pillow 13");
    options.add_flag("--ignore-memory", load.ignoreMemoryCheck, "Load even what the estimate says cannot fit");
}

std::filesystem::path ModelOptions::path() const {
    return folder.empty() ? engine::defaultModel() : std::filesystem::path(folder);
}

std::unique_ptr<engine::Model> ModelOptions::open(const engine::Control& control) const {
    auto chosen = load;
    chosen.precision = engine::precisionNamed(dtype);
    return engine::Model::load(path(), chosen, control);
}

void EncodingOptions::addTo(CLI::App& options) {
    const char* group = "Encoding (default: as the checkpoint says)";
    options
        .add_option("--pooled-token", pooledToken,
                    "Pooled token: kept (A), cut-at-end (B) or cut-before-encoder (C)")
        ->check(acceptedBy([](const std::string& text) { fusion::pooledTokenNamed(text); }, "RULE"))
        ->group(group);
    options.add_option("--prompt-padding", promptPadding, "Padding of the task prompts in the encoder: seen, masked")
        ->check(CLI::IsMember({"seen", "masked"}))
        ->group(group);
    options.add_option("--fusion", fusion, "How depth and breadth are joined: channels, tokens, average")
        ->check(acceptedBy([](const std::string& text) { fusion::fusionKindNamed(text); }, "KIND"))
        ->group(group);
    options.add_option("--block-order", order, "Blocks in the order they are joined, as V,caption,ocr,grounding")
        ->check(acceptedBy([](const std::string& text) { fusion::blocksNamed(text); }, "BLOCKS"))
        ->group(group);
    options.add_option("--ablate", ablated, "Blocks that are switched off, as caption,ocr")
        ->check(acceptedBy([](const std::string& text) { fusion::blocksNamed(text); }, "BLOCKS"))
        ->group(group);
    options.add_option("--ablation", ablation, "What stands for a block that is switched off: zero, mean")
        ->check(CLI::IsMember({"zero", "mean"}))
        ->capture_default_str()
        ->group(group);
    options.add_flag("--no-tiles", whole, "Do not cut pictures into tiles where the family does: less detail, fewer tokens")
        ->group(group);
    options.add_flag("--drop-alpha", dropAlpha, "Drop transparency where the family blends it on white")->group(group);
}

void EncodingOptions::addRowsTo(CLI::App& options) {
    options.add_option("--row", extraPrompts, "A task prompt of your own as a further row; may be repeated")
        ->check(acceptedBy(parsePrompt, "NAME=TEXT"))
        ->allow_extra_args(false);
}

models::EncodeOptions EncodingOptions::over(const engine::Model& model) const {
    auto result = model.encodeOptions();
    auto& fused = result.fusion;
    if (pooledToken) fused.pooledToken = fusion::pooledTokenNamed(*pooledToken);
    if (promptPadding) fused.maskPromptPadding = *promptPadding == "masked";
    if (fusion) fused.kind = fusion::fusionKindNamed(*fusion);
    if (order) fused.order = fusion::blocksNamed(*order);
    if (ablated) {
        fused.ablated = fusion::blocksNamed(*ablated);
        fused.ablation = fusion::ablationNamed(ablation);
    }
    if (whole) result.tiles = false;
    if (dropAlpha) result.white = false;
    for (const auto& prompt : extraPrompts) {
        const auto split = prompt.find('=');
        result.extraPrompts.push_back(model.extraPrompt(prompt.substr(0, split), prompt.substr(split + 1)));
    }
    return result;
}

void GenerationChoice::addTo(CLI::App& options) {
    const char* group = "Generation (default: as generation_config.json says, else greedy)";
    options.add_option("--max-new-tokens", maxNewTokens, "Tokens of an answer at most")
        ->check(CLI::Range(int64_t{1}, int64_t{1} << 20))
        ->type_name("N")
        ->capture_default_str()
        ->group(group);
    auto* always = options.add_flag("--greedy", greedy, "Always the most probable token")->group(group);
    const auto sampling = [&](CLI::Option* option) { option->group(group)->excludes(always); };
    sampling(options.add_option("--temperature", temperature, "Sample, with scores divided by this; 0: greedy")
                 ->check(CLI::Range(0.0, 100.0))
                 ->type_name("T"));
    sampling(options.add_option("--top-k", topK, "Sample among so many of the most probable")
                 ->check(CLI::Range(int64_t{0}, int64_t{1} << 20))
                 ->type_name("N"));
    sampling(options.add_option("--top-p", topP, "Sample among the fewest whose mass reaches this")
                 ->check(CLI::Range(0.0, 1.0))
                 ->type_name("P"));
    sampling(options.add_option("--min-p", minP, "Drop what is less probable than this times the best")
                 ->check(CLI::Range(0.0, 1.0))
                 ->type_name("P"));
    options.add_option("--repetition-penalty", repetitionPenalty, "Above 1: what was said before becomes less likely")
        ->check(CLI::Range(0.01, 100.0))
        ->type_name("X")
        ->group(group);
    options.add_option("--no-repeat-ngram", noRepeatNgram, "No so many tokens in a row occur twice")
        ->check(CLI::Range(int64_t{0}, int64_t{1000}))
        ->type_name("N")
        ->group(group);
    options.add_option("--seed", seed, "The same seed gives the same answer")->type_name("N")->capture_default_str()->group(group);
    options.add_option("--stop", stopStrings, "Text that ends the answer; may be repeated")
        ->allow_extra_args(false)
        ->type_name("TEXT")
        ->group(group);
    options
        .add_option("--lookup", lookup,
                    "Prompt lookup: guess tokens from what was said before and check several in one pass; changes the speed, "
                    "not the answer, and greedy answers only. auto: while it pays")
        ->check(acceptedBy([](const std::string& text) { language::lookupNamed(text); }, "on|off|auto"))
        ->capture_default_str()
        ->group(group);
}

engine::GenerationOptions GenerationChoice::over(const engine::Model& model) const {
    auto result = model.generationDefaults();
    if (greedy || temperature == 0.0) {
        const auto penalty = result.repetitionPenalty;
        result = {};
        result.repetitionPenalty = penalty;
    } else if (temperature || topK || topP || minP) {
        result.greedy = false;
        result.temperature = temperature.value_or(result.temperature);
        result.topK = topK.value_or(result.topK);
        result.topP = topP.value_or(result.topP);
        result.minP = minP.value_or(result.minP);
    }
    result.repetitionPenalty = repetitionPenalty.value_or(result.repetitionPenalty);
    result.noRepeatNgram = noRepeatNgram.value_or(result.noRepeatNgram);
    result.maxNewTokens = maxNewTokens;
    result.seed = seed;
    result.stopStrings = stopStrings;
    result.lookup = language::lookupNamed(lookup);
    return result;
}

}  // namespace fusionscope::cli
