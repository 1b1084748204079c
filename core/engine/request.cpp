#include "core/engine/request.h"

#include "core/bench/stopwatch.h"
#include "core/engine/hash.h"
#include "core/image/decode.h"

namespace fusionscope::engine {

PictureHandle PictureHandle::read(const std::string& path) { return decode(image::readPictureFile(path), path); }

PictureHandle PictureHandle::decode(std::vector<std::byte> bytes, const std::string& where) {
    const bench::Stopwatch watch;
    PictureHandle handle;
    handle.m_picture = std::make_shared<const image::Picture>(image::decodePicture(bytes, where));
    handle.m_decodeSeconds = watch.seconds();
    handle.m_hash = sha256(bytes);
    return handle;
}

PictureHandle PictureHandle::of(image::Picture picture) {
    PictureHandle handle;
    handle.m_hash = sha256(std::as_bytes(std::span(picture.rgb))) + ':' + std::to_string(picture.size.width);
    handle.m_picture = std::make_shared<const image::Picture>(std::move(picture));
    return handle;
}

}  // namespace fusionscope::engine
