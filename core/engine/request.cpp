#include "core/engine/request.h"

#include <mutex>
#include <utility>

#include "core/bench/stopwatch.h"
#include "core/engine/hash.h"
#include "core/files/error.h"
#include "core/image/decode.h"

namespace fusionscope::engine {

struct PictureHandle::State {
    std::string where, hash;
    image::Size size;
    Source again;
    double decodeSeconds = 0;  ///< of the first time

    std::mutex decoding;                            ///< held by one decoder at a time, for as long as it takes
    std::mutex mutex;                               ///< of `picture`; never held for long
    std::shared_ptr<const image::Picture> picture;  ///< null while it is let go

    std::shared_ptr<const image::Picture> held() {
        const std::lock_guard lock(mutex);
        return picture;
    }
    void hold(std::shared_ptr<const image::Picture> pixels) {
        const std::lock_guard lock(mutex);
        picture = std::move(pixels);
    }
};

PictureHandle PictureHandle::read(const std::string& path) { return decode(image::readPictureFile(path), path); }

PictureHandle PictureHandle::decode(std::vector<std::byte> bytes, const std::string& where, Source again) {
    PictureHandle handle;
    handle.m_state = std::make_shared<State>();
    auto& state = *handle.m_state;
    const bench::Stopwatch watch;
    state.picture = std::make_shared<const image::Picture>(image::decodePicture(bytes, where));
    state.decodeSeconds = watch.seconds();
    state.where = where;
    state.hash = sha256(bytes);
    state.size = state.picture->size;
    state.again = std::move(again);
    return handle;
}

PictureHandle PictureHandle::of(image::Picture picture) {
    PictureHandle handle;
    handle.m_state = std::make_shared<State>();
    auto& state = *handle.m_state;
    state.hash = sha256(std::as_bytes(std::span(picture.rgb))) + ':' + std::to_string(picture.size.width);
    state.size = picture.size;
    state.picture = std::make_shared<const image::Picture>(std::move(picture));
    return handle;
}

std::shared_ptr<const image::Picture> PictureHandle::picture() const {
    if (auto pixels = m_state->held()) return pixels;
    const std::lock_guard lock(m_state->decoding);
    if (auto pixels = m_state->held()) return pixels;  // another thread was faster
    const auto bytes = m_state->again();
    if (sha256(bytes) != m_state->hash)
        throw Error("has changed since it was opened", m_state->where, "Open the picture again.");
    auto pixels = std::make_shared<const image::Picture>(image::decodePicture(bytes, m_state->where));
    m_state->hold(pixels);
    return pixels;
}

image::Size PictureHandle::size() const { return m_state ? m_state->size : image::Size{}; }

const std::string& PictureHandle::hash() const {
    static const std::string none;
    return m_state ? m_state->hash : none;
}

double PictureHandle::decodeSeconds() const { return m_state ? m_state->decodeSeconds : 0; }

bool PictureHandle::isDecoded() const { return m_state && m_state->held(); }

void PictureHandle::letGo() const {
    if (m_state && m_state->again) m_state->hold(nullptr);
}

}  // namespace fusionscope::engine
