#pragma once

#include <span>
#include <vector>

namespace fusionscope::inspect {

/// A table of numbers that someone else owns: row-major [rows, columns].
struct TableView {
    std::span<const float> values;
    int rows = 0;
    int columns = 0;
};

/// Mean over the tokens of each sample: [samples, tokens, width] → [samples, width].
std::vector<float> meanOverTokens(std::span<const float> values, int samples, int tokens, int width);

/// How well pictures and their captions agree, as Florence-VL section 4 measures it.
struct Alignment {
    std::vector<double> vision;      ///< [pairs, textWidth]: projected token means, length 1
    std::vector<double> text;        ///< [pairs, textWidth]: token means, length 1
    std::vector<double> similarity;  ///< [pairs, pairs]: cosine of picture i and text j
    std::vector<double> rowLosses;   ///< [pairs]: −log softmax of the matching text among all texts
    double loss = 0;                 ///< mean of the row losses, the curve of figures 4 and 5
    double lossSum = 0;              ///< the formula as printed
    double pairedCosine = 0;         ///< mean cosine of matching pairs
    double topOne = 0;               ///< share of pictures whose most similar text is the matching one
    std::vector<double> gradient;    ///< [textWidth, visionWidth]: of `loss` by the projection
};

/// The loss −Σᵢ log softmaxⱼ(aᵢ·bⱼ)ᵢᵢ from pictures to texts, without temperature; aᵢ is the normalised mean of the
/// projected vision tokens (a linear projection of the mean is the mean of the projections), bᵢ of the text tokens.
/// @param vision     [pairs, visionWidth] token means
/// @param text       [pairs, textWidth] token means
/// @param projection [textWidth, visionWidth], the only trained part
/// @throws Error when the shapes do not fit or there is no pair
Alignment alignment(TableView vision, TableView text, TableView projection);

/// Linear centred kernel alignment, 0 to 1, of two descriptions of the same samples (Kornblith et al. 2019).
/// 0 when one of them does not vary. @throws Error when the numbers of rows differ
double linearCka(TableView a, TableView b);

/// The same from unbiased estimates (Nguyen et al. 2021, after Song et al. 2012): few samples do not make it larger.
/// At most 1; about 0, and possibly below, for unrelated descriptions. 0 when one of them does not vary.
/// @throws Error when the numbers of rows differ or are below 4
double debiasedLinearCka(TableView a, TableView b);

/// Mean share of common samples among the `neighbours` most similar (cosine) ones in both descriptions, 0 to 1 (Huh et
/// al. 2024). Equals by sample number. @throws Error unless 1 ≤ neighbours < rows and the numbers of rows agree
double mutualNeighbours(TableView a, TableView b, int neighbours);

}  // namespace fusionscope::inspect
