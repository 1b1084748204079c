#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "core/engine/model.h"
#include "core/engine/words.h"

/// What pictures and texts are to a model, in one space: inside of the engine, for everything that compares them.
namespace fusionscope::engine {

/// What a model makes of a picture: of a chatting one what the language model reads, of a SigLIP what its head makes of
/// each patch alone.
struct PictureMeaning {
    std::vector<at::Tensor> maps;  ///< [rows, columns, width] fp32: of the whole picture, then of its tiles where it has some
    /// By the part of the model that they come from, [width]: what stands for the whole picture.
    std::vector<std::pair<std::string, at::Tensor>> means;
};
/// Encodes the picture, or takes it from the cache. @throws Error when the model takes no pictures or its patches have
/// no single place; Stopped
PictureMeaning meaningOf(Model& model, const PictureHandle& picture, const models::EncodeOptions& encoding,
                         image::PictureUse use, const Control& control);

/// What a model makes of a text: of a chatting one the states of one layer that reads it alone.
struct TextMeaning {
    std::string layer;
    std::vector<WordSpan> words;     ///< at least one
    std::vector<at::Tensor> states;  ///< [width] fp32, one a word: of its last token
    at::Tensor whole;                ///< [width]
};
/// @param layer see wordLayers(); empty: the last one. @throws Error for an unknown layer or a text without words; Stopped
TextMeaning meaningOf(const Model& model, const std::string& text, const std::string& layer, const Control& control);

/// Cosine of a state and every patch of a map. @param map [rows, columns, width]; @param state [width]
inspect::ScalarMap cosines(const at::Tensor& map, const at::Tensor& state);
double cosine(const at::Tensor& a, const at::Tensor& b);

/// What stands for a text in a SigLIP, ids as it was trained with: lower case, no punctuation, an end token, filled up.
/// [1, longest] int64
at::Tensor siglipIds(const Model& model, const std::string& text);

}  // namespace fusionscope::engine
