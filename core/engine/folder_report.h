#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/control.h"

namespace fusionscope::engine {

class HashMemory;

/// One thing that was found in a checkpoint folder.
struct Finding {
    enum class Weight { Note, Warning, Refusal };
    Weight weight = Weight::Note;
    std::string text;  ///< a sentence naming file, tensor or field
};
/// "note", "warning", "refusal".
const char* name(Finding::Weight weight);

/// What a checkpoint folder holds.
struct FolderReport {
    std::string family;              ///< empty when it is of no known family
    int64_t parameters = 0;          ///< shared tables counted once
    int64_t tensors = 0;
    std::map<std::string, int64_t> bytesByType;            ///< "BF16" → bytes
    std::vector<std::pair<std::string, int64_t>> files;    ///< name and size
    std::map<std::string, int64_t> memoryNeeded;           ///< "bf16" → bytes to load and run a usual request
    std::vector<Finding> findings;
    bool loadable = false;           ///< no finding is a refusal
};

/// Looks into a folder or .gguf file without loading it: names, shapes and configuration.
/// @param check read everything as well: every value finite, tokenizer, processor
/// @throws Error when there is no such folder; Stopped
FolderReport inspectFolder(const std::filesystem::path& folder, bool check, const Control& control = {});

/// SHA-256 of every file in a folder and its sub-folders, by relative name, in hexadecimal. Of a .gguf file: of itself.
/// Files that end in ".part" and hidden ones are passed over. @throws Error; Stopped
/// @param memory if given, files that it knows are not read
std::vector<std::pair<std::string, std::string>> hashFiles(const std::filesystem::path& folder,
                                                           const Control& control = {}, HashMemory* memory = nullptr);

/// One hash for a whole checkpoint: SHA-256 over lines "HASH  NAME" of those files, sorted by name, notes for people
/// (README, LICENSE, pictures …) and fusionscope.json left out.
std::string checkpointHash(const std::vector<std::pair<std::string, std::string>>& fileHashes);
/// The same of a folder; files are read only when they have changed since the last time.
std::string checkpointHash(const std::filesystem::path& folder, const Control& control = {});

}  // namespace fusionscope::engine
