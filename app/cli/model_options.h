#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/terminal.h"
#include "core/engine/model.h"

namespace fusionscope::cli {

/// Which checkpoint, and how it is held in memory. Shared by all commands that load one.
struct ModelOptions {
    std::string folder;  ///< empty: the bundled model
    std::string dtype = "auto";
    engine::LoadOptions load;

    /// --model, --dtype, --group-size, --device, --threads, --template, --pillow13, --ignore-memory
    void addTo(CLI::App& options);
    /// --model alone, for commands that read files without loading the model.
    void addFolderTo(CLI::App& options);
    std::filesystem::path path() const;
    std::unique_ptr<engine::Model> open(const engine::Control& control) const;
};

/// How pictures are encoded where the person says so, else as the checkpoint does.
struct EncodingOptions {
    std::optional<std::string> pooledToken, promptPadding, fusion, order, ablated;
    std::string ablation = "zero";
    bool whole = false, dropAlpha = false;
    std::vector<std::string> extraPrompts;  ///< "NAME=TEXT"

    /// --pooled-token, --prompt-padding, --fusion, --block-order, --ablate, --ablation, --no-tiles, --drop-alpha
    void addTo(CLI::App& options);
    /// --row NAME=TEXT
    void addRowsTo(CLI::App& options);
    models::EncodeOptions over(const engine::Model& model) const;
};

/// How the next token is chosen where the person says so, else as generation_config.json does.
struct GenerationChoice {
    std::optional<double> temperature, topP, minP, repetitionPenalty;
    std::optional<int64_t> topK, noRepeatNgram;
    int64_t maxNewTokens = 512;
    uint64_t seed = 0;
    bool greedy = false;
    std::vector<std::string> stopStrings;
    std::string lookup = "auto";

    /// --max-new-tokens, --greedy, --temperature, --top-k, --top-p, --min-p, --repetition-penalty, --no-repeat-ngram,
    /// --seed, --stop, --lookup
    void addTo(CLI::App& options);
    engine::GenerationOptions over(const engine::Model& model) const;
};

/// Refuses, while the command line is read, what `parse` throws an Error for.
CLI::Validator acceptedBy(void (*parse)(const std::string&), const std::string& typeName);

}  // namespace fusionscope::cli
