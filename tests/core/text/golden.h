#pragma once

#include <zlib.h>

#include <QtTest>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "core/text/tokenizer.h"

namespace fusionscope::golden {

using nlohmann::json;
using Ids = std::vector<std::int64_t>;

inline std::filesystem::path folder(const std::string& name) {
    return std::filesystem::path(FUSIONSCOPE_SOURCE_DIR) / "tests" / "golden" / name;
}

/// A file or folder of the tokenizer references: in this repository, or in a folder of FUSIONSCOPE_TOKENIZERS.
inline std::optional<std::filesystem::path> findTokenizerFile(const std::string& name) {
    std::vector<std::filesystem::path> places = {folder("tokenizers")};
    const char* variable = std::getenv("FUSIONSCOPE_TOKENIZERS");
    std::istringstream list(variable ? variable : "");
    for (std::string place; std::getline(list, place, ':');) {
        if (!place.empty()) places.emplace_back(place);
    }
    for (const auto& place : places) {
        if (std::filesystem::exists(place / name)) return place / name;
    }
    return std::nullopt;
}

/// The sentence with which a test is skipped.
inline std::string missing(const std::string& name) {
    return name + " is not part of this repository and in no folder of FUSIONSCOPE_TOKENIZERS; "
                  "tests/tools/fetch_tokenizers.sh makes most of them";
}

/// The lines of a file, decompressed when it ends in .gz.
inline std::vector<json> readLines(const std::filesystem::path& file) {
    const gzFile stream = gzopen(file.c_str(), "rb");
    std::string text;
    char buffer[1 << 16];
    for (int count; stream && (count = gzread(stream, buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(count));
    if (stream) gzclose(stream);
    std::vector<json> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
    return lines;
}

inline json readJson(const std::filesystem::path& file) {
    std::ifstream in(file);
    return json::parse(in);
}

/// How the tokenizer of each name of the references is loaded.
inline std::string folderOf(const std::string& name) {
    if (name == "florence2-run") return "florence2";
    return name.ends_with("-slow") ? name.substr(0, name.size() - 5) : name;
}

inline std::unique_ptr<text::Tokenizer> load(const std::filesystem::path& folder, const std::string& name,
                                             std::optional<bool> legacy = {}) {
    text::LoadOptions options;
    options.florenceTokens = name == "florence2-run";
    options.useSlow = name.ends_with("-slow");
    options.legacy = legacy;
    return text::loadTokenizer(folder, options);
}

inline std::string show(const Ids& ids) {
    std::string text;
    for (const std::int64_t id : ids) text += std::to_string(id) + ' ';
    return text;
}

inline const char* const tokenizerNames[] = {"mistral",    "smollm2",   "florence2", "florence2-run",
                                             "gpt2",       "llama2",    "llama3",    "llama3-bos",
                                             "phi3",       "qwen2",     "phi3-slow", "llama2-slow"};

}  // namespace fusionscope::golden
