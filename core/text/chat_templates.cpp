#include "core/text/chat_templates.h"

namespace fusionscope::text {

namespace {

using Format = ChatTemplate::Format;
using Markers = std::array<std::string_view, 3>;

constexpr Markers phi3Ends = {"<|end|>", "<|endoftext|>", "<|assistant|>"};
constexpr Markers llama3Ends = {"<|eot_id|>", "<|end_of_text|>", "<|eom_id|>"};
constexpr std::array<std::string_view, 2> qwenEnds = {"<|im_end|>", "<|endoftext|>"};
constexpr std::array<std::string_view, 4> idefics3Ends = {"<end_of_utterance>", "<|end_of_text|>", "<|eom_id|>",
                                                          "<|eot_id|>"};
constexpr std::array<std::string_view, 1> utteranceEnd = {"<end_of_utterance>"};
constexpr std::array<std::string_view, 1> imEnd = {"<|im_end|>"};

/// The roles of ChatML.
constexpr Format chatMl(std::string_view name, MessageLayout layout, std::string_view defaultSystem,
                        std::span<const std::string_view> ends) {
    Format format;
    format.name = name;
    format.layout = layout;
    format.defaultSystem = defaultSystem;
    format.system = "<|im_start|>system\n";
    format.user = "<|im_start|>user\n";
    format.assistant = format.openAnswer = "<|im_start|>assistant\n";
    format.close = "<|im_end|>\n";
    format.endMarkers = ends;
    return format;
}

constexpr Format llavaChatMl(std::string_view name, std::string_view defaultSystem) {
    Format format = chatMl(name, MessageLayout::Inline, defaultSystem, qwenEnds);
    format.emptyStaysOpen = format.pieceByPiece = true;
    return format;
}

constexpr Format llama3Roles(std::string_view name, MessageLayout layout) {
    Format format;
    format.name = name;
    format.layout = layout;
    format.start = "<|begin_of_text|>";
    format.system = "<|start_header_id|>system<|end_header_id|>\n\n";
    format.user = "<|start_header_id|>user<|end_header_id|>\n\n";
    format.assistant = format.openAnswer = "<|start_header_id|>assistant<|end_header_id|>\n\n";
    format.close = "<|eot_id|>";
    format.endMarkers = llama3Ends;
    return format;
}

constexpr Format florenceVlPhi3() {
    Format format;
    format.name = "florence-vl-phi3";
    format.layout = MessageLayout::Inline;
    format.defaultSystem = "You are a helpful AI assistant.";
    format.system = "<|system|>\n";
    format.user = "\n<|user|>\n";
    format.assistant = format.openAnswer = "\n<|assistant|>\n";
    format.close = "<|end|>";
    format.emptyStaysOpen = format.pieceByPiece = true;
    format.endMarkers = phi3Ends;
    return format;
}

constexpr Format florenceVlLlama3() {
    Format format = llama3Roles("florence-vl-llama3", MessageLayout::Inline);
    format.defaultSystem =
        "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, "
        "detailed, and polite answers to the user's questions.";
    format.emptyStaysOpen = format.pieceByPiece = true;
    return format;
}

constexpr Format llama3() {
    Format format = llama3Roles("llama3", MessageLayout::TextOnly);
    format.trims = true;
    return format;
}

constexpr Format phi3() {
    Format format;
    format.name = "phi3";
    format.system = "<|system|>\n";
    format.user = "<|user|>\n";
    format.assistant = format.openAnswer = "<|assistant|>\n";
    format.close = "<|end|>\n";
    format.finish = "<|endoftext|>";
    format.skipsEmptySystem = true;
    format.endMarkers = phi3Ends;
    return format;
}

constexpr Format idefics3(std::string_view name, std::string_view start, std::span<const std::string_view> ends) {
    Format format;
    format.name = name;
    format.layout = MessageLayout::Tight;
    format.marksTiles = true;
    format.start = start;
    format.system = "System:";
    format.user = "User:";
    format.assistant = format.openAnswer = "Assistant:";
    format.close = "<end_of_utterance>\n";
    format.endMarkers = ends;
    return format;
}

constexpr std::array formats = {
    florenceVlPhi3(),
    florenceVlLlama3(),
    llavaChatMl("chatml-nosystem", ""),
    llavaChatMl("llava-onevision-qwen_1_5", "You are a helpful assistant."),
    chatMl("llava-onevision-hf", MessageLayout::ImagesFirst, "", qwenEnds),
    idefics3("idefics3", "<|begin_of_text|>", idefics3Ends),
    idefics3("smolvlm", "<|im_start|>", utteranceEnd),
    chatMl("smollm2", MessageLayout::TextOnly,
           "You are a helpful AI assistant named SmolLM, trained by Hugging Face", imEnd),
    phi3(),
    llama3(),
    chatMl("qwen2", MessageLayout::TextOnly, "You are a helpful assistant.", qwenEnds),
};

}  // namespace

std::span<const ChatTemplate::Format> chatFormats() { return formats; }

}  // namespace fusionscope::text
