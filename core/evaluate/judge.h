#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/evaluate/mentions.h"
#include "core/world/questions.h"
#include "core/world/scene.h"

namespace fusionscope::evaluate {

/// Left, top, right, bottom of "[12, 30, 45, 60]" in an answer; nothing where there is not exactly one such box.
std::optional<QRectF> boxIn(std::string_view answer);
/// Area of what two boxes share over that of both together.
double overlap(const QRectF& a, const QRectF& b);

/// Judges answers by the fact that the scene graph gives (Turn::key), in whatever words it is said. An answer that says
/// the fact beside another that contradicts it is wrong, and so is one from which the fact cannot be told.
class Judge {
  public:
    explicit Judge(const Vocabulary& vocabulary) : m_vocabulary(vocabulary) {}

    /// @param chart of the question's scene, where it has one
    bool isRight(const world::Turn& turn, std::string_view answer, const world::Chart* chart = nullptr) const;

  private:
    bool yesOrNo(const world::Turn& turn, const Words& words) const;
    bool number(const world::Turn& turn, Words words) const;
    bool colour(const world::Turn& turn, Words words) const;
    bool zone(const world::Turn& turn, Words words) const;
    bool relation(const world::Turn& turn, Words words) const;
    bool between(const world::Turn& turn, Words words) const;
    bool comparison(const world::Turn& turn, Words words) const;
    bool list(const world::Turn& turn, const Words& words) const;
    bool symbol(const world::Turn& turn, const Words& words) const;
    Words nameOf(std::string_view subject) const { return wordsIn(subject); }
    Words pluralOf(std::string_view subject) const { return wordsIn(m_vocabulary.pluralOf(subject)); }

    const Vocabulary& m_vocabulary;
};

}  // namespace fusionscope::evaluate
