#include "ui/inspect/atlas_state.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/engine/hash.h"
#include "core/inspect/channels.h"
#include "ui/common/workspace.h"

namespace fusionscope::ui {

namespace {

using engine::MapKind;

bool isColours(MapKind kind) { return kind == MapKind::Pca || kind == MapKind::Foreground; }

}  // namespace

AtlasState::AtlasState(Workspace& workspace, QObject* parent)
    : QObject(parent), m_workspace(workspace), m_store(workspace), m_words(workspace) {
    m_options.origin = inspect::Origin::Mean;
    connect(&m_store, &FeatureStore::arrived, this, &AtlasState::take);
    connect(&m_store, &FeatureStore::failed, this, [this](const QString& message) {
        say(message.isEmpty() ? tr("Stopped. Choose the picture again to compute its maps.") : message);
    });
    connect(this, &AtlasState::drawn, this, &AtlasState::takeDrawn, Qt::QueuedConnection);
    connect(&m_drawer, &Worker::ended, this, [this](JobId, JobEnd end, const QString& message) {
        if (end == JobEnd::Failed) say(message);
    }, Qt::QueuedConnection);
    connect(&workspace.model, &CurrentModel::changed, this, &AtlasState::refresh);
    connect(&workspace.pictures, &Pictures::opened, this, [this](const QString& hash) {
        if (m_restoring && hash == m_restoredPicture) m_workspace.selection.setPicture(hash);
        if (hash == m_workspace.selection.picture()) refresh();
    });
    connect(&workspace.selection, &Selection::pictureChanged, this, &AtlasState::refresh);
    connect(&workspace.selection, &Selection::placesChanged, this, &AtlasState::placesChanged);
    connect(&workspace.selection, &Selection::mapChanged, this, &AtlasState::follow);
    connect(&workspace.selection, &Selection::channelChanged, this, [this](int channel) {
        if (m_options.kind != MapKind::Channel || channel == m_options.channel) return;
        m_options.channel = channel;
        draw();
        emit optionsChanged();
    });
    connect(&m_words, &WordMaps::changed, this, [this] {
        m_showsWord = m_workspace.selection.word().has_value();
        updateOverlay();
        emit enlargedChanged();
    });
    connect(&m_words, &WordMaps::failed, this, [this](const QString& message) { say(message); });
    connect(&workspace.answer, &CurrentAnswer::changed, this, [this] {
        if (m_languageModel) refresh();
    });
}

AtlasState::~AtlasState() { m_drawer.shutDown(); }

const DrawnPair& AtlasState::enlarged() const {
    static const DrawnPair none;
    if (m_current < 0) return none;
    if (showsWord()) return m_words.drawn();
    if (m_similarity.own) return m_similarity;
    return m_cells[static_cast<size_t>(m_current)].drawn;
}

std::vector<exporting::PixelPlace> AtlasState::pixelPlaces() const {
    std::vector<exporting::PixelPlace> places;
    if (!m_features) return places;
    for (const auto& place : m_workspace.selection.places())
        places.push_back(exporting::placeAt(m_features->seen, place.x, place.y));
    return places;
}

std::vector<int> AtlasState::channelsByVariance() const {
    std::vector<int> channels;
    if (!m_features || m_current < 0) return channels;
    for (const auto& entry : inspect::channelsByVariance(*m_features->maps[static_cast<size_t>(m_current)]))
        channels.push_back(entry.channel);
    return channels;
}

void AtlasState::setShown(bool shown) {
    if (shown == m_shown) return;
    m_shown = shown;
    if (shown) refresh();
}

void AtlasState::setCurrent(int cell) {
    if (cell < 0 || cell >= static_cast<int>(m_cells.size())) return;
    m_workspace.selection.setMap(QString::fromStdString(m_cells[static_cast<size_t>(cell)].activation.name));
}

void AtlasState::setOptions(const engine::MapOptions& options, const QString& basisFile) {
    m_options = options;
    m_basisFile = basisFile;
    if (options.kind == MapKind::Channel) m_workspace.selection.setChannel(options.channel);
    draw();
    emit optionsChanged();
}

void AtlasState::setKind(MapKind kind) {
    auto options = m_options;
    options.kind = kind;
    setOptions(options, m_basisFile);
}

QString AtlasState::addPrompt(const QString& name, const QString& text) {
    const auto row = name.trimmed().toStdString(), words = text.trimmed().toStdString();
    if (row.empty() || words.empty()) return tr("Give the row a name and the prompt a text.");
    if (name.contains(u'=') || name.contains(u'/') || name.contains(u','))
        return tr("A row's name has no “=”, “/” or “,”. Choose another name.");
    if (std::ranges::any_of(m_cells, [&](const auto& cell) { return cell.activation.row == row; }))
        return tr("There is a row “%1” already. Choose another name.").arg(name.trimmed());
    m_extraPrompts.push_back(std::string(row).append("=").append(words));
    refresh();
    return {};
}

void AtlasState::removePrompt(const std::string& row) {
    if (std::erase_if(m_extraPrompts, [&](const std::string& prompt) { return prompt.starts_with(row + "="); }) > 0)
        refresh();
}

void AtlasState::setShowsLanguageModel(bool shows) {
    if (shows == m_languageModel) return;
    m_languageModel = shows;
    refresh();
    emit optionsChanged();
}

void AtlasState::setComparing(bool comparing) {
    m_compared = comparing ? m_features : nullptr;
    draw();
    emit optionsChanged();
}

SavedInspection AtlasState::saved() const {
    SavedInspection inspection;
    for (const auto& set : {m_features, m_compared})
        if (set) inspection.pictures.push_back({set->picture->file, set->picture->name});
    if (const auto facts = m_workspace.model.facts()) {
        inspection.modelFolder = facts->summary.folder;
        inspection.precision = facts->summary.precision;
    }
    inspection.options = m_options;
    inspection.extraPrompts = m_extraPrompts;
    inspection.prompt = m_request.prompt;
    inspection.places = m_workspace.selection.places();
    inspection.map = m_workspace.selection.map();
    return inspection;
}

void AtlasState::restore(const SavedInspection& inspection) {
    m_restoring = inspection;
    m_extraPrompts = inspection.extraPrompts;
    m_savedQuestion = inspection.prompt;
    m_languageModel = !inspection.prompt.empty();
    m_compared = nullptr;
    openRestored();
}

/// The last picture first: it is the one that the other is compared with.
void AtlasState::openRestored() {
    const auto& picture = m_restoring->pictures.back();
    m_restoredPicture = QString::fromStdString(
        engine::sha256(std::as_bytes(std::span(picture.file.constData(), static_cast<size_t>(picture.file.size())))));
    m_workspace.selection.setPicture({});
    m_workspace.pictures.open(picture.file, picture.name);
}

void AtlasState::goOnRestoring() {
    if (m_restoring->pictures.size() > 1) {
        m_compared = m_features;
        m_restoring->pictures.pop_back();
        openRestored();
        return;
    }
    const auto inspection = *std::exchange(m_restoring, std::nullopt);
    m_workspace.selection.setPlaces(inspection.places);
    m_workspace.selection.setMap(inspection.map);
    setOptions(inspection.options);
}

void AtlasState::setOverlaid(bool overlaid) {
    if (overlaid == m_overlaid) return;
    m_overlaid = overlaid;
    updateOverlay();
    emit overlaidChanged(overlaid);
}

std::string AtlasState::question() const {
    const auto& exchange = m_workspace.answer.exchange();
    if (!exchange) return m_savedQuestion;
    const auto& messages = exchange->request.messages;
    const auto asked = std::find_if(messages.rbegin(), messages.rend(),
                                    [](const text::Message& message) { return message.role == text::Role::User; });
    if (asked == messages.rend()) return {};
    std::string words;
    for (const auto& item : asked->content)
        if (item.kind == text::ContentItem::Kind::Text) words += item.text;
    return words;
}

/// Finds out what is to be seen now and has it computed.
void AtlasState::refresh() {
    const auto facts = m_workspace.model.facts();
    const auto picture = m_workspace.pictures.find(m_workspace.selection.picture());
    const auto asked = m_languageModel ? question() : std::string();
    if (!m_shown) return;
    FeatureRequest request{picture, m_extraPrompts, asked};
    if (facts && picture && facts == m_requestedOf && request == m_request && (m_features || m_computing)) return;
    const bool samePicture = facts == m_requestedOf && picture == m_request.picture;
    m_request = std::move(request);
    m_requestedOf = facts;
    m_store.forget();
    m_features = nullptr;
    if (!facts || !facts->summary.takesPictures || !picture) {
        layOut({}, false);
        if (!facts)
            say(tr("Choose a model under Model: its maps appear here."));
        else if (!facts->summary.takesPictures)
            say(tr("This model takes no pictures. Choose a Florence-VL under Model."));
        else
            say(tr("Open or drop a picture: what the model makes of it appears here, by depth and by prompt."));
        return;
    }
    layOut(mapsAmong(facts->activations, !asked.empty() || facts->summary.runsTasks), samePicture);
    say(m_languageModel && asked.empty() && !facts->summary.runsTasks
            ? tr("Ask something about the picture: the layers of the language model read it with the question.")
            : QString(),
        true);
    m_store.request(m_request);
}

void AtlasState::layOut(const std::vector<models::ActivationInfo>& activations, bool samePicture) {
    std::vector<AtlasStateCell> cells;
    for (const auto& activation : activations) {
        cells.push_back({activation, {}});
        const auto old = std::ranges::find_if(
            m_cells, [&](const auto& cell) { return samePicture && cell.activation.name == activation.name; });
        if (old != m_cells.end()) cells.back().drawn = old->drawn;
    }
    m_cells = std::move(cells);
    m_current = -1;
    m_similarity = {};
    emit layoutChanged();
    follow();
}

/// Makes the selected map the current cell; where there is no such map, the first that reaches the language model.
void AtlasState::follow() {
    const auto name = m_workspace.selection.map().toStdString();
    auto found = std::ranges::find_if(m_cells, [&](const auto& cell) { return cell.activation.name == name; });
    if (found == m_cells.end())
        found = std::ranges::find_if(m_cells, [](const auto& cell) { return cell.activation.reachesLanguageModel; });
    const int current = found == m_cells.end() ? -1 : static_cast<int>(found - m_cells.begin());
    m_showsWord = false;
    if (current == m_current) {
        emit enlargedChanged();
        return;
    }
    const int before = m_current;
    m_current = current;
    if (before >= 0) emit cellChanged(before);
    if (current >= 0) emit cellChanged(current);
    m_similarity = {};
    drawEnlarged();
    updateOverlay();
    emit enlargedChanged();
}

void AtlasState::take(const std::shared_ptr<const FeatureSet>& set) {
    m_features = set;
    const auto same = std::ranges::equal(set->activations, m_cells, {}, &models::ActivationInfo::name,
                                         [](const AtlasStateCell& cell) { return cell.activation.name; });
    if (!same) layOut(set->activations, true);
    say(m_message);
    draw();
    if (m_restoring && set->picture->handle.hash() == m_restoredPicture.toStdString()) goOnRestoring();
}

/// The first selected patch makes colours give way to similarity, for as long as patches are selected or until the person
/// chooses otherwise.
void AtlasState::placesChanged() {
    const bool any = !m_workspace.selection.places().empty();
    const auto before = m_options.kind;
    if (any && !m_hadPlaces && isColours(before)) {
        m_kindBefore = before;
        m_options.kind = MapKind::Similarity;
    } else if (!any && before == MapKind::Similarity) {
        m_options.kind = m_kindBefore;
    }
    m_hadPlaces = any;
    m_showsWord = m_showsWord && !any;
    if (m_options.kind != before) emit optionsChanged();
    if (m_options.kind != before || before == MapKind::Similarity)
        draw();
    else
        drawEnlarged();
    emit enlargedChanged();
}

void AtlasState::draw() {
    drawEnlarged();
    m_drawer.stop(m_cellsJob);
    m_cellsDrawing = 0;
    m_cellsLeft = 0;
    if (!m_features) return;
    std::vector<size_t> cells(m_cells.size());
    m_cellsLeft = cells.size();
    std::iota(cells.begin(), cells.end(), size_t{0});
    m_cellsDrawing = ++m_drawing;
    submit(m_cellsJob, m_cellsDrawing, {m_features, m_compared, m_options, std::move(cells)});
}

bool AtlasState::wantsSimilarity() const {
    return m_current >= 0 && isColours(m_options.kind) && !m_workspace.selection.places().empty();
}

void AtlasState::drawEnlarged() {
    m_drawer.stop(m_enlargedJob);
    m_enlargedDrawing = 0;
    if (!wantsSimilarity()) m_similarity = {};
    if (!m_features || !wantsSimilarity()) return;
    auto options = m_options;
    options.kind = MapKind::Similarity;
    m_enlargedDrawing = ++m_drawing;
    submit(m_enlargedJob, m_enlargedDrawing, {m_features, m_compared, options, {static_cast<size_t>(m_current)}});
}

void AtlasState::submit(JobId& job, quint64 drawing, DrawRequest request) {
    request.options.selection = exporting::selectionIn(m_features->seen, pixelPlaces());
    job = m_drawer.submit(tr("Drawing the maps"), [this, drawing, request](WorkerContext& context) {
        m_artist.draw(request, context.control, [&](size_t cell, const DrawnPair& pair) { emit drawn(drawing, cell, pair); });
    });
}

void AtlasState::takeDrawn(quint64 drawing, size_t cell, const DrawnPair& pair) {
    const bool isCurrent = static_cast<int>(cell) == m_current;
    if (drawing == m_cellsDrawing && cell < m_cells.size()) {
        m_cells[cell].drawn = pair;
        --m_cellsLeft;
        emit cellChanged(static_cast<int>(cell));
    } else if (drawing == m_enlargedDrawing && isCurrent) {
        m_similarity = pair;
        m_enlargedDrawing = 0;
    } else {
        return;
    }
    if (!isCurrent) return;
    updateOverlay();
    emit enlargedChanged();
}

void AtlasState::updateOverlay() {
    auto& overlays = m_workspace.overlays;
    const auto picture = m_workspace.selection.picture();
    if (!m_overlaidPicture.isEmpty() && (!m_overlaid || m_overlaidPicture != picture)) {
        overlays.setMap(m_overlaidPicture, std::nullopt);
        m_overlaidPicture.clear();
    }
    const auto& map = enlarged().own;
    if (!m_overlaid || !m_features || !map || map->image.isNull()) return;
    MapOverlay overlay;
    overlay.name = showsWord() ? m_words.word()
                               : QString::fromStdString(m_cells[static_cast<size_t>(m_current)].activation.name);
    overlay.image = map->image;
    overlay.transform = m_features->seen.transform();
    if (const auto* scalar = std::get_if<inspect::ScalarMap>(&map->drawing)) overlay.values = scalar->values;
    overlays.setMap(picture, overlay);
    m_overlaidPicture = picture;
}

void AtlasState::say(const QString& message, bool computing) {
    m_message = message;
    m_computing = computing;
    emit statusChanged();
}

}  // namespace fusionscope::ui
