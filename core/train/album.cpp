#include "core/train/album.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/image/decode.h"

namespace fusionscope::train {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// LLaVA's largest list has 665,000 conversations in a gigabyte.
constexpr files::JsonLimits listLimits{std::size_t{2} << 30, 200'000'000, 32};
constexpr std::string_view pictureMark = "<image>";

class SceneSubject : public Subject {
  public:
    SceneSubject(world::Scene scene, const world::Nouns& nouns, const LessonMix& mix) : m_scene(std::move(scene)), m_nouns(nouns), m_mix(mix) {}
    std::vector<Exchange> exchanges(uint64_t seed) const override { return drawExchanges(m_scene, m_nouns, m_mix, seed); }
    std::optional<CellLabels> cells(int64_t side) const override { return cellLabels(m_scene, m_nouns, side); }

  private:
    world::Scene m_scene;
    const world::Nouns& m_nouns;
    LessonMix m_mix;
};

std::string withoutPicture(std::string text) {
    if (const auto at = text.find(pictureMark); at != std::string::npos) text.erase(at, pictureMark.size());
    const auto first = text.find_first_not_of(" \n"), last = text.find_last_not_of(" \n");
    return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

std::vector<Exchange> readConversation(const json& turns, const files::Fields& entry) {
    std::vector<Exchange> exchanges;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        const files::Fields turn(turns[i], entry.where());
        const auto from = turn.text("from");
        const bool human = from == "human" || from == "user", model = from == "gpt" || from == "assistant";
        if ((!human && !model) || human != (i % 2 == 0))
            entry.refuse("conversations", concat("has the turn ", i + 1, " from \"", from, "\"; human and gpt should take turns"));
        if (human)
            exchanges.push_back({withoutPicture(turn.text("value")), {}});
        else
            exchanges.back().answer = turn.text("value");
    }
    if (turns.size() % 2 == 1) exchanges.pop_back();  // a question that nobody answered
    return exchanges;
}

bool isConversation(const json& value) { return value.is_array() && !value.empty() && value[0].is_object(); }

}  // namespace

/// One picture of a folder.
struct FolderAlbum::Entry : public Subject {
    fs::path picture;
    std::vector<std::vector<Exchange>> conversations;
    std::string caption;
    LessonMix mix;

    static std::shared_ptr<const Entry> read(const json& value, const std::string& where, const fs::path& folder, const LessonMix& mix) {
        const files::Fields fields(value, where);
        auto entry = std::make_shared<Entry>();
        entry->mix = mix;
        entry->picture = folder / (fields.has("image") ? fields.text("image") : fields.text("file"));
        std::error_code ignored;
        if (!fs::is_regular_file(entry->picture, ignored)) throw Error("the picture " + entry->picture.string() + " is missing", where);
        entry->caption = fields.textOr("caption", "");
        if (const auto* list = fields.find("conversations")) {
            if (isConversation(*list)) entry->conversations.push_back(readConversation(*list, fields));
            else if (list->is_array() && std::all_of(list->begin(), list->end(), isConversation))
                for (const auto& one : *list) entry->conversations.push_back(readConversation(one, fields));
            else fields.refuse("conversations", "should be a list of turns");
        }
        std::erase_if(entry->conversations, [](const auto& one) { return one.empty(); });
        if (entry->conversations.empty() && entry->caption.empty())
            throw Error("the entry has neither a caption nor conversations", where);
        return entry;
    }

    /// The caption under some wording of a question for it, and one conversation.
    std::vector<Exchange> exchanges(uint64_t seed) const override {
        world::Random random(world::mixed(seed, 13));
        std::vector<Exchange> all;
        const bool described = !caption.empty() && (conversations.empty() || random.chance(mix.captions));
        if (described) all.push_back({world::filled(random.pick(world::wordings(world::Kind::Describe)).text, {}), caption});
        if (!conversations.empty()) {
            const auto& chosen = random.pick(conversations);
            all.insert(all.end(), chosen.begin(), chosen.end());
        }
        return all;
    }
    std::optional<CellLabels> cells(int64_t) const override { return std::nullopt; }
};

PaintedAlbum::PaintedAlbum(const world::Materials& materials, const image::Processor& processor, world::Split split, uint64_t seed,
                           FamilyShares families, LessonMix mix)
    : m_materials(materials), m_processor(processor), m_painter(materials), m_split(split), m_seed(seed), m_families(std::move(families)), m_mix(mix) {}

Shown PaintedAlbum::show(uint64_t index) const {
    auto scene = trainingScene(m_materials, m_split, m_seed, index, m_families);
    auto pixels = pixelsOf(m_painter.paint(scene), m_processor);
    return {std::make_shared<SceneSubject>(std::move(scene), m_materials.nouns, m_mix), std::move(pixels)};
}

FolderAlbum::FolderAlbum(const fs::path& folder, const image::Processor& processor, uint64_t seed, LessonMix mix)
    : m_processor(processor), m_seed(seed) {
    std::error_code failure;
    std::vector<fs::path> lists;
    for (const auto& entry : fs::directory_iterator(folder, failure))
        if (entry.path().extension() == ".json" || entry.path().extension() == ".jsonl") lists.push_back(entry.path());
    if (failure) throw Error("cannot be read: " + failure.message(), folder.string(), "Name a folder.");
    std::sort(lists.begin(), lists.end());
    for (const auto& list : lists) {
        if (list.extension() == ".json") {
            const auto entries = files::readJson(list, listLimits);
            if (!entries.is_array()) throw Error("should be a list of entries", list.string());
            for (std::size_t i = 0; i < entries.size(); ++i)
                m_entries.push_back(Entry::read(entries[i], concat(list.string(), ", entry ", i + 1), folder, mix));
            continue;
        }
        std::ifstream in(list);
        std::string line;
        for (int number = 1; std::getline(in, line); ++number) {
            if (line.find_first_not_of(" \r\t") == std::string::npos) continue;
            const auto where = concat(list.string(), ", line ", number);
            m_entries.push_back(Entry::read(files::parseJson(line, where), where, folder, mix));
        }
    }
    if (m_entries.empty())
        throw Error("there is no picture with a caption or a conversation", folder.string(),
                    "Put a .jsonl file there with lines such as {\"image\": \"a.jpg\", \"caption\": \"A dog.\"}.");
}

std::shared_ptr<const std::vector<std::size_t>> FolderAlbum::orderOf(uint64_t round) const {
    const std::lock_guard lock(m_mutex);
    if (!m_order || round != m_round) {
        std::vector<std::size_t> order(m_entries.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        world::Random(world::mixed(m_seed, round)).shuffle(order);
        m_order = std::make_shared<const std::vector<std::size_t>>(std::move(order));
        m_round = round;
    }
    return m_order;
}

Shown FolderAlbum::show(uint64_t index) const {
    const auto order = orderOf(index / m_entries.size());
    for (std::size_t tried = 0; tried < m_entries.size(); ++tried) {
        const auto& entry = m_entries[(*order)[(index + tried) % order->size()]];
        try {
            return {entry, m_processor.process(image::readPicture(entry->picture)).seen};
        } catch (const Error&) {
            // The next one takes its place: one bad file must not end a training of days.
        }
    }
    throw Error("none of the pictures can be read", m_entries.front()->picture.parent_path().string());
}

Shown MixedAlbum::show(uint64_t index) const {
    // Evenly: the second album's turn has come when its number of pictures rises.
    const auto before = static_cast<uint64_t>(std::floor(static_cast<double>(index) * m_share));
    const auto after = static_cast<uint64_t>(std::floor(static_cast<double>(index + 1) * m_share));
    return after > before ? m_second->show(before) : m_first->show(index - before);
}

}  // namespace fusionscope::train
