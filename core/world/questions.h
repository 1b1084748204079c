#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/world/nouns.h"
#include "core/world/scene.h"
#include "core/world/things.h"
#include "core/world/wording.h"

namespace fusionscope::world {

/// One question about a picture with its answer.
struct Turn {
    Kind kind = Kind::Describe;
    std::string question, answer;
    /// The fact itself, in one form for every wording: "yes", "no", a number in digits, "red", "top left", "above",
    /// a name, a text. An answer is right when it says this.
    std::string key;
    std::string subject, other;  ///< what is asked about: "red car", "cars", a category of a chart
};

/// Turns of one conversation; later ones may need earlier ones ("What color is it?").
using Dialogue = std::vector<Turn>;

/// Asks about a scene. Everything is computed from the scene graph.
class Questioner {
  public:
    /// @param heldOutWordings asks only in wordings that training never uses
    Questioner(const Scene& scene, const Nouns& nouns, uint64_t seed, bool heldOutWordings = false);

    /// A question of this kind; nothing where the scene gives no clear one.
    std::optional<Turn> ask(Kind kind);
    /// A question of some kind that suits the scene.
    Turn askAnything();
    /// A conversation of at most so many turns, some of which follow up on the one before.
    Dialogue converse(int turns);

  private:
    /// How a question may speak of what is in the picture.
    struct Reference {
        std::string name, plural;
        int count = 0;
        const Object* only = nullptr;  ///< when there is one
        Colour colour = Colour::None;
    };

    std::optional<Turn> existence();
    std::optional<Turn> count();
    std::optional<Turn> colour();
    std::optional<Turn> where();
    std::optional<Turn> relationOfTwo();
    std::optional<Turn> between();
    std::optional<Turn> compare();
    std::optional<Turn> category();
    std::optional<Turn> list();
    std::optional<Turn> read();
    std::optional<Turn> boxes();
    std::optional<Turn> symbol();
    std::optional<Turn> unanswerable();
    std::optional<Turn> chart(Kind kind);
    std::optional<Turn> followUp(const Turn& before);

    const Wording& wordingFor(Kind kind);
    Turn turn(Kind kind, const Wording& wording, const Slots& values, std::string answer, std::string key) const;
    /// With the form of answer that the wording asks for.
    Turn turn(Kind kind, const Wording& wording, const Slots& values, Answer answer, std::string key) const;
    Turn captioned(Kind kind, Answer answer, const std::string& caption);
    Turn yes(Kind kind, const Reference& reference);
    Turn no(const std::string& name, const std::string& plural);
    Turn number(const Wording& wording, const Reference& reference);
    std::vector<Reference> references() const;
    /// Those that speak of exactly one object.
    std::vector<Reference> singles() const;
    /// Something that is not there and could not be mistaken for what is.
    std::optional<Reference> absent();
    bool mistakable(std::string_view noun) const;

    const Scene& m_scene;
    const Nouns& m_nouns;
    std::vector<Thing> m_things;
    Random m_random;
    bool m_heldOut;
};

/// A box as chat answers write it: left, top, right, bottom in hundredths of the picture, "[12, 30, 45, 60]".
std::string boxText(const QRectF& box);

}  // namespace fusionscope::world
