#include "core/train/samples.h"

#include <algorithm>
#include <cmath>

#include "core/files/error.h"
#include "core/models/florence_tasks.h"
#include "core/world/captions.h"
#include "core/world/composer.h"
#include "core/world/regions.h"

namespace fusionscope::train {

namespace {

using world::Object;

// Boxes are told in this many levels inside the 1000 places: neighbouring places could not be told apart anyway.
constexpr int locationLevels = 100;

// Classes of cells: text, shapes, kinds of objects; then nouns.
constexpr int64_t textClass = 1, firstShape = 2, firstKind = firstShape + world::shapeCount, firstNoun = 32, classBlock = 64;

int64_t classOf(const Object& object, const world::Nouns& nouns) {
    if (object.kind == Object::Kind::Sprite) return firstNoun + object.noun;
    if (object.kind == Object::Kind::Shape) return firstShape + static_cast<int64_t>(object.shape);
    if (const world::Noun* noun = nouns.find(object.name)) return firstNoun + (noun - nouns.all().data());
    return firstKind + static_cast<int64_t>(object.kind);
}

int64_t required(const text::Tokenizer& tokenizer, std::string_view token) {
    const auto id = tokenizer.id(token);
    if (!id) throw Error(concat("the token ", token, " is missing"), "tokenizer of the tower", "Florence-2's tokenizers have it.");
    return *id;
}

/// Appends what one character is encoded to, however it would be joined with its neighbours.
void appendLetters(const text::Tokenizer& tokenizer, std::string_view text, std::vector<int64_t>& ids) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto letter = tokenizer.encode(text.substr(i, 1), {false, false});
        ids.insert(ids.end(), letter.begin(), letter.end());
    }
}

}  // namespace

int64_t nounClasses(const world::Nouns& nouns) { return (firstNoun + nouns.count() + classBlock - 1) / classBlock * classBlock; }

world::Scene trainingScene(const world::Materials& materials, world::Split split, uint64_t seed, uint64_t index, const FamilyShares& shares) {
    std::optional<world::Family> family;
    if (!shares.empty()) {
        world::Random random(world::mixed(seed, index));
        double sum = 0;
        for (const auto& [name, share] : shares) sum += share;
        double left = random.unit() * sum;
        family = shares.back().first;
        for (const auto& [name, share] : shares) {
            if (left < share) {
                family = name;
                break;
            }
            left -= share;
        }
    }
    return world::compose(materials, split, world::layoutSeed(split, seed, index), family);
}

CellLabels cellLabels(const world::Scene& scene, const world::Nouns& nouns, int64_t side) {
    const auto cells = static_cast<std::size_t>(side * side);
    CellLabels labels{std::vector<int64_t>(cells), std::vector<int64_t>(cells), std::vector<std::string>(cells)};
    const double cell = static_cast<double>(world::pictureSize) / static_cast<double>(side);
    const auto fill = [&](const QRectF& box, int64_t noun, world::Colour colour, const std::string& word) {
        const auto mark = [&](int64_t row, int64_t column) {
            const auto at = static_cast<std::size_t>(row * side + column);
            labels.nouns[at] = noun;
            labels.colours[at] = static_cast<int64_t>(colour);
            labels.words[at] = word;
        };
        const auto edge = [&](double at) { return std::clamp<int64_t>(std::lround(at / cell), 0, side); };
        const auto cellOf = [&](double at) { return std::clamp<int64_t>(static_cast<int64_t>(at / cell), 0, side - 1); };
        for (int64_t row = edge(box.top()); row < edge(box.bottom()); ++row)
            for (int64_t column = edge(box.left()); column < edge(box.right()); ++column) mark(row, column);
        mark(cellOf(box.center().y()), cellOf(box.center().x()));
    };
    for (const Object& object : scene.objects) fill(object.box, classOf(object, nouns), object.colour, object.name);
    for (const world::TextLine& line : scene.lines) fill(line.box, textClass, world::Colour::None, "text");
    return labels;
}

std::vector<uint8_t> pixelsOf(const QImage& picture, const image::Processor& processor) {
    image::Picture plain;
    plain.size = {picture.width(), picture.height()};
    plain.rgb.resize(static_cast<std::size_t>(picture.width()) * static_cast<std::size_t>(picture.height()) * 3);
    auto out = plain.rgb.begin();
    for (int y = 0; y < picture.height(); ++y) {
        const auto* line = reinterpret_cast<const QRgb*>(picture.constScanLine(y));
        for (int x = 0; x < picture.width(); ++x) {
            *out++ = static_cast<uint8_t>(qRed(line[x]));
            *out++ = static_cast<uint8_t>(qGreen(line[x]));
            *out++ = static_cast<uint8_t>(qBlue(line[x]));
        }
    }
    return processor.process(plain).seen;
}

std::vector<int64_t> encodedWithSpelling(const text::Tokenizer& tokenizer, std::string_view text) {
    std::vector<int64_t> ids;
    bool quoted = false;
    while (true) {
        const auto end = text.find('"');
        const auto part = text.substr(0, end);
        if (quoted) {
            appendLetters(tokenizer, part, ids);
        } else {
            const auto words = tokenizer.encode(part, {false, false});
            ids.insert(ids.end(), words.begin(), words.end());
        }
        if (end == std::string_view::npos) return ids;
        appendLetters(tokenizer, "\"", ids);
        text.remove_prefix(end + 1);
        quoted = !quoted;
    }
}

SampleMaker::SampleMaker(const world::Materials& materials, const image::Processor& processor, const text::Tokenizer& tokenizer,
                         std::array<std::vector<int64_t>, 3> fusionPrompts, int64_t cells, int64_t longest)
    : m_materials(materials),
      m_processor(processor),
      m_tokenizer(tokenizer),
      m_painter(materials),
      m_fusionPrompts(std::move(fusionPrompts)),
      m_cells(cells),
      m_longest(longest),
      m_start(required(tokenizer, "<s>")),
      m_pad(required(tokenizer, "<pad>")),
      m_end(required(tokenizer, "</s>")),
      m_firstLocation(required(tokenizer, "<loc_0>")) {}

Sample SampleMaker::make(const world::Scene& scene, bool tasks) const {
    Sample sample;
    sample.pixels = pixelsOf(m_painter.paint(scene), m_processor);
    sample.cells = cellLabels(scene, m_materials.nouns, m_cells);
    markLetters(sample, scene);
    if (tasks) addTasks(sample, scene);
    return sample;
}

void SampleMaker::markLetters(Sample& sample, const world::Scene& scene) const {
    const double cell = static_cast<double>(world::pictureSize) / static_cast<double>(m_cells);
    const auto letters = static_cast<int64_t>(alphabet.size());
    for (const world::TextLine& line : scene.lines)
        for (std::size_t i = 0; i < std::min(line.text.size(), line.letters.size()); ++i) {
            const auto letter = alphabet.find(line.text[i]);
            const QPointF at = line.letters[i];
            const auto row = static_cast<int64_t>(std::floor(2 * at.y() / cell)), column = static_cast<int64_t>(std::floor(2 * at.x() / cell));
            if (letter == std::string_view::npos || std::min(row, column) < 0 || std::max(row, column) >= 2 * m_cells) continue;
            sample.letters.push_back((row * 2 * m_cells + column) * letters + static_cast<int64_t>(letter));
        }
}

std::vector<int64_t> SampleMaker::prompt(std::string_view task, std::string_view text) const {
    return m_tokenizer.encode(models::florencePrompt(models::florenceTask(task), text), {true, false});
}

std::vector<int64_t> SampleMaker::spelled(std::string_view text) const {
    std::vector<int64_t> ids;
    appendLetters(m_tokenizer, text, ids);
    return ids;
}

void SampleMaker::appendLocation(std::vector<int64_t>& ids, QPointF point) const {
    for (const double at : {point.x(), point.y()}) {
        const int level = std::clamp(static_cast<int>(at * locationLevels / world::pictureSize), 0, locationLevels - 1);
        ids.push_back(m_firstLocation + level * (1000 / locationLevels) + 500 / locationLevels);
    }
}

void SampleMaker::add(Sample& sample, std::vector<int64_t> prompt, const std::vector<int64_t>& text) const {
    TextTask task{std::move(prompt), {m_end, m_start}};
    const auto room = static_cast<std::size_t>(m_longest) - 3;
    const bool whole = text.size() <= room;
    task.target.insert(task.target.end(), text.begin(), whole ? text.end() : text.begin() + static_cast<std::ptrdiff_t>(room));
    if (whole) task.target.push_back(m_end);
    sample.tasks.push_back(std::move(task));
}

void SampleMaker::addTasks(Sample& sample, const world::Scene& scene) const {
    world::Random random(world::mixed(scene.seed, 11));
    // Fusion pads its prompts and lets the encoder see that; Florence-2 alone does not: the tower learns both.
    const auto fusionPrompt = [&](std::size_t which) {
        auto ids = m_fusionPrompts[which];
        if (random.chance(0.5))
            while (!ids.empty() && ids.back() == m_pad) ids.pop_back();
        return ids;
    };
    if (random.chance(0.7))
        add(sample, fusionPrompt(0), encodedWithSpelling(m_tokenizer, world::detailedCaption(scene, m_materials.nouns)));
    else
        add(sample, prompt("CAPTION"), encodedWithSpelling(m_tokenizer, world::briefCaption(scene, m_materials.nouns)));

    const auto regions = [&](const std::vector<world::Region>& list) {
        std::vector<int64_t> ids;
        for (const auto& [label, box] : list) {
            const auto words = m_tokenizer.encode(label, {false, false});
            ids.insert(ids.end(), words.begin(), words.end());
            appendLocation(ids, box.topLeft());
            appendLocation(ids, box.bottomRight());
        }
        return ids;
    };
    const auto grounded = world::groundings(scene, m_materials.nouns);
    const std::size_t kind = random.weighted({0.6, 0.2, grounded.empty() ? 0.0 : 0.2});
    if (!scene.objects.empty() || random.chance(0.1)) {
        if (kind == 0) add(sample, fusionPrompt(2), regions(world::denseRegions(scene)));
        if (kind == 1) add(sample, prompt("OD"), regions(world::detections(scene)));
        if (kind == 2) {
            const std::string caption = world::briefCaption(scene, m_materials.nouns);
            std::vector<world::Region> phrases;
            for (const auto& [begin, end, boxes] : grounded)
                for (const QRectF& box : boxes) phrases.push_back({caption.substr(begin, end - begin), box});
            add(sample, prompt("CAPTION_TO_PHRASE_GROUNDING", caption), regions(phrases));
        }
    }
    if (scene.lines.empty() && !random.chance(0.1)) return;
    if (random.chance(0.5) || scene.lines.empty()) {
        add(sample, fusionPrompt(1), spelled(world::writtenText(scene)));
        return;
    }
    std::vector<int64_t> ids;
    for (const auto& [words, quad] : world::textRegions(scene)) {
        const auto letters = spelled(words);
        ids.insert(ids.end(), letters.begin(), letters.end());
        for (const QPointF corner : quad) appendLocation(ids, corner);
    }
    add(sample, prompt("OCR_WITH_REGION"), ids);
}

}  // namespace fusionscope::train
