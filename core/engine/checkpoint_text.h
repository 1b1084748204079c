#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/text/chat_template.h"
#include "core/text/tokenizer.h"

namespace fusionscope::files {
class ModelFolder;
}

namespace fusionscope::engine {

/// The language model's tokenizer of a checkpoint as the family's reference loads it, without reading any weights of a
/// folder: Phi-3 inside Florence-VL through its slow tokenizer, a Florence-2 with its task tokens, a GGUF file's own.
/// A folder that holds nothing but tokenizer files will do. @throws Error naming what is missing or refused
std::unique_ptr<text::Tokenizer> loadCheckpointTokenizer(const files::ModelFolder& folder);

/// Whether a checkpoint comes with a tokenizer, sound or not. One without it can still be traced on ids.
bool hasTokenizer(const files::ModelFolder& folder);

/// How a checkpoint writes conversations: as its config.json says, else as its family is known to.
/// Nothing for a Florence-2 and when neither tells.
/// @param chosen the name of a template that overrides the checkpoint's; may be empty. @throws Error when it is unknown
std::optional<text::ChatTemplate> checkpointChatTemplate(const files::ModelFolder& folder,
                                                         const text::Tokenizer& tokenizer, const std::string& chosen);

}  // namespace fusionscope::engine
