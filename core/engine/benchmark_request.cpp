#include "core/engine/benchmark_request.h"

#include <random>

namespace fusionscope::engine {

PictureHandle noisyPicture(uint64_t seed, image::Size size) {
    image::Picture picture;
    picture.size = size;
    picture.rgb.resize(picture.view().bytes());
    std::mt19937_64 random(seed);
    for (auto& sample : picture.rgb) sample = static_cast<uint8_t>(random());
    return PictureHandle::of(std::move(picture));
}

ChatRequest question(const Model& model, const std::vector<PictureHandle>& pictures, const std::string& words) {
    ChatRequest request;
    text::Message message;
    for (size_t i = 0; i < pictures.size(); ++i) message.content.push_back(text::ContentItem::image());
    message.content.push_back(text::ContentItem::ofText(words));
    request.messages.push_back(std::move(message));
    request.pictures = pictures;
    request.generation.maxNewTokens = 4;
    request.encoding = model.encodeOptions();
    return request;
}

}  // namespace fusionscope::engine
