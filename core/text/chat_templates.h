#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "core/text/chat_template.h"

namespace fusionscope::text {

/// How a template writes the items of one message.
enum class MessageLayout {
    Inline,       ///< one string as in LLaVA: a picture that opens the message is followed by a line feed, others stand bare
    ImagesFirst,  ///< all pictures, then all videos, each with a line feed, then all text
    Tight,        ///< in order with nothing between; a space before the message unless a picture opens it
    TextOnly,     ///< pictures are left out
};

/// One row of the table of templates: the strings around the messages. They are inputs of the models, verbatim.
struct ChatTemplate::Format {
    std::string_view name;
    MessageLayout layout = MessageLayout::TextOnly;

    std::string_view start;          ///< before everything
    std::string_view defaultSystem;  ///< text of the system message when there is none; empty: no system message
    std::string_view system, user, assistant;  ///< opening of a message of each role
    std::string_view close;                    ///< end of a message
    std::string_view openAnswer;               ///< opening of the answer that is to be generated
    std::string_view finish;                   ///< at the end of a conversation without such an opening

    bool emptyStaysOpen = false;    ///< a message without text or picture is only its opening (LLaVA's code)
    bool skipsEmptySystem = false;  ///< an empty system message leaves no trace
    bool trims = false;             ///< white space at both ends of a message is dropped

    bool pieceByPiece = false;  ///< text between pictures is encoded on its own, with the placeholder id for pictures
    bool marksTiles = false;    ///< a picture's tokens stand between markers of its tiles, as Idefics3 writes them
    std::span<const std::string_view> endMarkers;  ///< tokens that end an answer, that of a turn's end first
};

/// All rows.
std::span<const ChatTemplate::Format> chatFormats();

}  // namespace fusionscope::text
