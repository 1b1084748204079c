#pragma once

#include <string>
#include <vector>

#include "app/cli/terminal.h"
#include "app/cli/video_frames.h"
#include "core/engine/model.h"

namespace fusionscope::cli {

/// How a conversation in the terminal goes.
struct ChatStyle {
    engine::GenerationOptions generation;
    models::EncodeOptions encoding;
    std::string system;          ///< system message; empty: the template's own
    bool json = false;           ///< each answer as one JSON object in place of streamed text
    bool probabilities = false;  ///< after each answer, its tokens with their probabilities
    FrameChoice frames;          ///< that stand for a video
};

/// One conversation: what was said so far, and the pictures it is about.
class ChatSession {
  public:
    ChatSession(engine::Model& model, ChatStyle style, Terminal& terminal);

    /// A picture for the next question. @throws Error when it is none
    void addPicture(const std::string& file);
    /// A video for the next question, as frames of it. @throws Error when it is none; Stopped
    void addVideo(const std::string& file);
    /// Asks and prints the answer while it streams. A stopped answer stays in the conversation as far as it came.
    /// @throws Error; Stopped when nothing had come yet
    engine::StopReason ask(const std::string& question);
    /// Forgets everything said and shown.
    void clear();

    /// Reads questions and slash commands from standard input to its end.
    void converse();

  private:
    /// Both: @return false when the person wants to leave
    bool answerLine(const std::string& line);
    /// A line that begins with '/'.
    bool command(const std::string& line);
    void printProbabilities() const;
    void prompt() const;
    /// @throws Error when the model takes no pictures
    void requireVision() const;

    engine::Model& m_model;
    ChatStyle m_style;
    Terminal& m_terminal;
    std::vector<text::Message> m_messages;
    std::vector<engine::PictureHandle> m_pictures;
    std::vector<engine::VideoFrames> m_videos;
    size_t m_picturesAsked = 0, m_videosAsked = 0;  ///< of those: part of the conversation already
    engine::Answer m_last;
};

}  // namespace fusionscope::cli
