#pragma once

#include <filesystem>

#include "core/session/document.h"
#include "core/session/store.h"

namespace fusionscope::session {

enum class Format {
    Json,     ///< everything: all branches, tokens with probabilities, pictures; comes back the same
    Html,     ///< one page to read that needs no other file and runs no script; holds the JSON too
    Markdown  ///< the active path's text, with the pictures in a folder NAME-pictures beside it
};

/// Writes a conversation to a file. A picture that is missing from the media store is left out, its name stays.
/// @throws Error when the file cannot be written, or is too large to be read again (256 MB)
void exportConversation(const Store& store, ConversationId conversation, Format format,
                        const std::filesystem::path& file);

/// The same as importConversation without storing it, for a thread that has no store to write to: add the pictures to
/// the media store, then the conversation to the store. @throws Error naming what is wrong
Document readConversationFile(const std::filesystem::path& file);

/// Reads a file that exportConversation wrote (told apart by its name's ending: .json, .html or .htm, .md) as a new
/// conversation. JSON and HTML bring back everything; Markdown the titles, texts and pictures it shows, also after it
/// was edited. Nothing is stored unless all of it is valid. @throws Error naming what is wrong
ConversationInfo importConversation(Store& store, const std::filesystem::path& file);

}  // namespace fusionscope::session
