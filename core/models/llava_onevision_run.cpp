#include <ATen/ATen.h>

#include <algorithm>

#include "core/files/error.h"
#include "core/models/activation_map.h"
#include "core/models/llava_onevision.h"

namespace fusionscope::models {

namespace {

/// What stands for a picture or a video in the original program's ids.
constexpr int64_t placeholder = -200;

}  // namespace

PictureLayout LlavaOnevision::layoutOf(int64_t height, int64_t width, bool tiled) const {
    if (height < 1 || width < 1 || height > (1 << 20) || width > (1 << 20))
        throw Error(concat("image_sizes holds ", height, " x ", width), "inputs", "Expected heights and widths in pixels.");
    PictureLayout layout;
    layout.originalHeight = height;
    layout.originalWidth = width;
    if (!tiled) return layout;
    const auto grid = m_config.canvases.best({width, height});
    layout.views = 1 + grid.count();
    layout.tileRows = grid.rows;
    layout.tileColumns = grid.columns;
    return layout;
}

std::vector<Tensor> LlavaOnevision::runPictures(const RawTensors& inputs, const nn::Pass& pass) const {
    if (!inputs.pixels.defined()) return {};
    const Tensor pixels = inputs.pixels.dim() == 5 ? inputs.pixels : inputs.pixels.unsqueeze(1);
    const int64_t pictures = pixels.size(0), mostViews = pixels.size(1);
    if (pixels.numel() == 0) throw Error(concat("pixel_values has shape ", inputs.pixels.sizes()), "inputs");
    // Views are filled up with zeros to the number of the picture that has most. One view alone is never tiled.
    const bool tiled = mostViews > 1;
    if (tiled && (!inputs.sizes.defined() || inputs.sizes.size(0) != pictures || inputs.sizes.size(1) != 2))
        throw Error(concat("pixel_values holds ", pictures, " pictures with tiles, image_sizes should be [", pictures,
                           ", 2]"),
                    "inputs");
    std::vector<PictureLayout> layouts;
    std::vector<Tensor> views;
    for (int64_t i = 0; i < pictures; ++i) {
        layouts.push_back(tiled ? layoutOf(inputs.sizes[i][0].item<int64_t>(), inputs.sizes[i][1].item<int64_t>(), true)
                                : layoutOf(1, 1, false));
        if (layouts.back().views > mostViews)
            throw Error(concat("picture ", i + 1, " has ", layouts.back().views, " views by its size, pixel_values has ",
                               mostViews),
                        "inputs");
        views.push_back(pixels[i].narrow(0, 0, layouts.back().views));
    }
    const Tensor all = features(at::cat(views), pass);
    std::vector<Tensor> packed;
    int64_t first = 0;
    for (const auto& layout : layouts) {
        packed.push_back(pack(all.narrow(0, first, layout.views), layout));
        first += layout.views;
    }
    return packed;
}

std::vector<Tensor> LlavaOnevision::runVideos(const RawTensors& inputs, const nn::Pass& pass) const {
    if (!inputs.frames.defined()) return {};
    PictureLayout frame;
    frame.frame = true;
    const int64_t videos = inputs.frames.size(0);
    std::vector<Tensor> packed;
    for (const auto& frames : features(inputs.frames.flatten(0, 1), pass).chunk(videos))
        packed.push_back(at::cat({pack(frames, frame), videoEnd()}));
    return packed;
}

Tensor LlavaOnevision::embed(const Tensor& ids, const std::vector<Tensor>& pictures,
                             const std::vector<Tensor>& videos) const {
    auto visuals = pictures;
    visuals.insert(visuals.end(), videos.begin(), videos.end());
    const Tensor flat = ids.flatten().contiguous();
    std::vector<int64_t> all;
    auto next = visuals.begin();
    for (int64_t i = 0; i < flat.size(0); ++i) {
        const int64_t id = flat.const_data_ptr<int64_t>()[i];
        const bool stands = id == placeholder && next != visuals.end();
        all.insert(all.end(), stands ? static_cast<size_t>((next++)->size(0)) : 1, id);
    }
    const Tensor places = at::tensor(all, c10::kLong);
    const auto marks = [this](int64_t id) { return id == placeholder || id == m_config.image || id == m_config.video; };
    std::ranges::replace_if(all, marks, 0);
    Tensor result = m_decoder.embed(all);  // [1, length, hidden]
    const auto fill = [&](int64_t mark, const std::vector<Tensor>& features) {
        const Tensor mask = places.eq(mark);
        const auto found = mask.sum().item<int64_t>();
        int64_t given = 0;
        for (const auto& rows : features) given += rows.size(0);
        if (found != given)
            throw Error(concat("input_ids have ", found, " places for visual tokens, there are ", given), "inputs");
        if (given > 0) result.masked_scatter_(mask.to(result.device()).view({1, -1, 1}), at::cat(features));
    };
    if (m_config.image && next == visuals.begin()) {
        fill(*m_config.image, pictures);
        fill(*m_config.video, videos);
    } else {
        fill(placeholder, visuals);
    }
    return result;
}

void LlavaOnevision::run(const RawTensors& inputs, const EncodeOptions&, const nn::Pass& pass) const {
    const auto pictures = runPictures(inputs, pass), videos = runVideos(inputs, pass);
    if (pass.wants("fusion/packed") && !(pictures.empty() && videos.empty())) {
        auto all = pictures;
        all.insert(all.end(), videos.begin(), videos.end());
        pass.record("fusion/packed", at::cat(all));
    }
    if (!inputs.ids.defined()) return;
    if (inputs.ids.size(0) != 1 || inputs.ids.size(1) == 0)
        throw Error(concat("input_ids has shape ", inputs.ids.sizes(), ", expected one conversation"), "inputs");
    m_decoder.logits(m_decoder.hidden(embed(inputs.ids, pictures, videos), Tensor(), pass), pass);
}

std::vector<ActivationInfo> LlavaOnevision::activations(const PictureLayout& picture, const EncodeOptions& options) const {
    const auto view = m_config.view(), frame = frameGrid();
    const auto part = shown(picture);
    const auto rest = kept(picture);
    const bool tiled = picture.views > 1 && part.size.count() > 0;
    std::vector<ActivationInfo> list;
    // The whole picture, and the tiles joined to their canvas, whose padding is cut.
    const auto add = [&](const std::string& name, const std::string& column, int64_t channels, bool reaches) {
        list.push_back(activationMap(name, "image", column, view, channels));
        list.back().reachesLanguageModel = reaches;
        if (!tiled) return;
        list.push_back(activationMap(name + "@tiles", "tiles", column, part.size, channels));
        auto& tiles = list.back();
        tiles.reachesLanguageModel = reaches;
        tiles.firstView = 1;
        tiles.viewRows = picture.tileRows;
        tiles.viewColumns = picture.tileColumns;
        tiles.cutTop = part.row;
        tiles.cutLeft = part.column;
    };
    add("tower/siglip/embed", "embed", m_config.tower.width, false);
    for (int64_t i = 0; i < m_config.towerLayers; ++i)
        add(concat("tower/siglip/layer", i), concat("layer", i), m_config.tower.width, i + 1 == m_config.towerLayers);
    const int64_t hidden = m_config.decoder.hidden;
    add("fusion/projector/layer0", "layer0", hidden, true);
    add("fusion/projected", "projected", hidden, true);
    const auto addPlain = [&](const char* name, const char* row, const char* column, std::vector<int64_t> shape) {
        list.push_back(activationMap(name, row, column, {}, 0));
        list.back().shape = std::move(shape);
        list.back().isMap = false;
        list.back().reachesLanguageModel = true;
    };
    addPlain("fusion/packed", "image", "packed", {visualTokens(picture, options), hidden});

    // There the whole picture's patches stand first, then what is kept of the tiles', a newline behind each row.
    const auto addLanguage = [&](const std::string& name, const std::string& column) {
        list.push_back(activationMap(name, "language", column, picture.frame ? frame : view, hidden));
        list.back().reachesLanguageModel = true;
        if (!tiled) return;
        list.push_back(activationMap(name + "@tiles", "language, tiles", column, rest, hidden));
        list.back().reachesLanguageModel = true;
        list.back().firstPatch = view.count();
        list.back().lineEnd = 1;
    };
    addLanguage("llm/embed", "embed");
    for (int64_t i = 0; i < m_config.decoder.layers; ++i) addLanguage(concat("llm/layer", i), concat("layer", i));
    addLanguage("llm/norm", "norm");
    addPlain("llm/logits", "language", "logits", {1, m_config.decoder.vocabulary});
    return list;
}

}  // namespace fusionscope::models
