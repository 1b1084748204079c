#include "ui/inspect/atlas_state.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/engine/hash.h"
#include "core/inspect/channels.h"
#include "ui/common/workspace.h"
#include "ui/inspect/labels.h"

namespace fusionscope::ui {

namespace {

using engine::MapKind;

bool isColours(MapKind kind) { return kind == MapKind::Pca || kind == MapKind::Foreground; }

/// "tower/", "fusion/" or "llm/".
std::string partOf(const std::string& name) { return name.substr(0, name.find('/') + 1); }

/// How deep in its row of its part of the model an activation lies, 0 to 1, by the order of computation.
double depthOf(const models::ActivationInfo& activation, const std::vector<models::ActivationInfo>& all) {
    int before = 0, count = 0;
    for (const auto& other : all) {
        if (partOf(other.name) != partOf(activation.name) || other.row != activation.row) continue;
        if (other.name == activation.name) before = count;
        ++count;
    }
    return count > 1 ? static_cast<double>(before) / (count - 1) : 1;
}

bool isTiled(const models::ActivationInfo& activation) { return activation.name.find('@') != std::string::npos; }

/// The other model's map of the same part at about the same depth; of any part when it has none there.
std::string counterpartOf(const models::ActivationInfo& activation, const std::vector<models::ActivationInfo>& own,
                          const std::vector<models::ActivationInfo>& other) {
    const double depth = depthOf(activation, own);
    const models::ActivationInfo* best = nullptr;
    double least = 0;
    for (const auto& candidate : other) {
        if (candidate.name == activation.name) return candidate.name;
        const double distance = std::abs(depthOf(candidate, other) - depth) +
                                (partOf(candidate.name) == partOf(activation.name) ? 0 : 2) +
                                (isTiled(candidate) == isTiled(activation) ? 0 : 1);
        if (best && distance >= least) continue;
        best = &candidate;
        least = distance;
    }
    return best ? best->name : std::string();
}

/// What a model sees, in the picture's pixels: with padding, and without stretching.
QSizeF extentOf(const image::ProcessedPicture& seen) {
    const auto& transform = seen.transform();
    return {seen.size.width * transform.scaleX, seen.size.height * transform.scaleY};
}

std::optional<Place> placeBetween(const image::ProcessedPicture& from, const image::ProcessedPicture& to, const Place& place) {
    const auto point = from.transform().toPicture(image::Point{place.x * from.size.width, place.y * from.size.height});
    const auto there = to.transform().toView(point);
    const Place result{there.x / to.size.width, there.y / to.size.height};
    return result.x < 0 || result.y < 0 || result.x >= 1 || result.y >= 1 ? std::nullopt : std::optional(result);
}

}  // namespace

AtlasState::AtlasState(Workspace& workspace, QObject* parent)
    : QObject(parent), m_workspace(workspace), m_store(workspace.worker, workspace.model),
      m_secondStore(workspace.secondWorker, workspace.second), m_words(workspace) {
    m_options.origin = inspect::Origin::Mean;
    connect(&m_store, &FeatureStore::arrived, this, &AtlasState::take);
    connect(&m_store, &FeatureStore::failed, this, [this](const QString& message) {
        say(message.isEmpty() ? tr("Stopped. Choose the picture again to compute its maps.") : message);
    });
    connect(&m_secondStore, &FeatureStore::arrived, this, [this](const std::shared_ptr<const FeatureSet>& set) {
        m_second = set;
        pairUp();
        draw();
        emit optionsChanged();
    });
    connect(&m_secondStore, &FeatureStore::failed, this, [this](const QString& message) {
        if (!message.isEmpty()) say(message);
    });
    connect(&workspace.second, &CurrentModel::changed, this, &AtlasState::requestSecond);
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

void AtlasState::setShown(const QObject* view, bool shown) {
    if (shown)
        m_viewers.insert(view);
    else
        m_viewers.remove(view);
    const bool before = std::exchange(m_shown, !m_viewers.isEmpty());
    if (m_shown && !before) refresh();
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

void AtlasState::setBeside(bool beside) {
    if (beside == m_beside) return;
    m_beside = beside;
    requestSecond();
    draw();
}

void AtlasState::requestSecond() {
    m_second = nullptr;
    m_secondStore.forget();
    pairUp();
    const auto facts = m_workspace.second.facts();
    if (m_shown && m_beside && m_request.picture && facts && facts->summary.takesPictures)
        m_secondStore.request({m_request.picture, {}, facts->summary.chats ? m_request.prompt : std::string()});
    emit optionsChanged();
}

void AtlasState::setCounterpart(const std::string& name) {
    if (m_current < 0 || name == counterpart()) return;
    m_chosenCounterparts[m_cells[static_cast<size_t>(m_current)].activation.name] = name;
    pairUp();
    draw();
    emit optionsChanged();
}

std::string AtlasState::counterpart() const {
    if (m_current < 0) return {};
    const auto found = m_counterparts.find(m_cells[static_cast<size_t>(m_current)].activation.name);
    return found == m_counterparts.end() ? std::string() : found->second;
}

void AtlasState::pairUp() {
    m_counterparts.clear();
    if (!m_beside || !m_second || !m_features) return;
    for (const auto& activation : m_features->activations) {
        const auto chosen = m_chosenCounterparts.find(activation.name);
        const bool there = chosen != m_chosenCounterparts.end() &&
                           std::ranges::count(m_second->activations, chosen->second, &models::ActivationInfo::name) > 0;
        m_counterparts[activation.name] =
            there ? chosen->second : counterpartOf(activation, m_features->activations, m_second->activations);
    }
}

QSizeF AtlasState::extent() const { return m_features ? extentOf(m_features->seen) : QSizeF(1, 1); }

QSizeF AtlasState::otherExtent() const {
    if (!compared()) return {};
    if (m_beside) return extent();
    const auto other = extentOf(compared()->seen);
    return other * (extent().height() / other.height());
}

std::vector<QRectF> AtlasState::tiles() const {
    std::vector<QRectF> tiles;
    if (!m_features || m_current < 0 || showsWord()) return tiles;
    const auto& seen = m_features->seen;
    if (!isTiled(m_cells[static_cast<size_t>(m_current)].activation)) return tiles;
    for (int tile = 0; tile < seen.tileRows * seen.tileColumns; ++tile) {
        const auto box = seen.transforms.at(static_cast<size_t>(seen.firstTile() + tile))
                             .toPicture(image::Box{0, 0, static_cast<double>(seen.size.width), static_cast<double>(seen.size.height)});
        tiles.emplace_back(QPointF(box.x0, box.y0), QPointF(box.x1, box.y1));
    }
    return tiles;
}

std::vector<QRectF> AtlasState::tilesInMap() const {
    auto rects = tiles();
    for (auto& rect : rects) {
        const auto box = m_features->seen.transform().toView(image::Box{rect.left(), rect.top(), rect.right(), rect.bottom()});
        const double width = m_features->seen.size.width, height = m_features->seen.size.height;
        rect = QRectF(QPointF(box.x0 / width, box.y0 / height), QPointF(box.x1 / width, box.y1 / height));
    }
    return rects;
}

std::optional<Place> AtlasState::toOther(const Place& place) const {
    const auto& other = compared();
    if (!m_beside || !m_features || !other) return place;
    return placeBetween(m_features->seen, other->seen, place);
}

QRectF AtlasState::toOther(const QRectF& part) const {
    const auto& other = compared();
    if (!m_beside || !m_features || !other) return part;
    const auto& seen = m_features->seen;
    const auto box = seen.transform().toPicture(image::Box{part.left() * seen.size.width, part.top() * seen.size.height,
                                                           part.right() * seen.size.width, part.bottom() * seen.size.height});
    const auto there = other->seen.transform().toView(box);
    const double width = other->seen.size.width, height = other->seen.size.height;
    return QRectF(QPointF(there.x0 / width, there.y0 / height), QPointF(there.x1 / width, there.y1 / height));
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
    m_restoredPicture = picture.file.hash();
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
    return exchange ? questionOf(exchange->request).toStdString() : m_savedQuestion;
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
    layOut(mapsAmong(facts->activations, !asked.empty() || !facts->summary.chats), samePicture);
    say(m_languageModel && asked.empty() && facts->summary.chats
            ? tr("Ask something about the picture: the layers of the language model read it with the question.")
            : QString(),
        true);
    m_store.request(m_request);
    if (m_beside) requestSecond();
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
    pairUp();
    const auto same = std::ranges::equal(set->activations, m_cells, {}, &models::ActivationInfo::name,
                                         [](const AtlasStateCell& cell) { return cell.activation.name; });
    if (!same) layOut(set->activations, true);
    // Known by name before; how large a map is depends on the picture.
    for (size_t i = 0; i < m_cells.size(); ++i) m_cells[i].activation = set->activations[i];
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
    submit(m_cellsJob, m_cellsDrawing, {m_features, compared(), m_options, std::move(cells)});
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
    submit(m_enlargedJob, m_enlargedDrawing, {m_features, compared(), options, {static_cast<size_t>(m_current)}});
}

void AtlasState::submit(JobId& job, quint64 drawing, DrawRequest request) {
    request.options.selection = exporting::selectionIn(m_features->seen, pixelPlaces());
    if (m_beside) {
        request.counterparts = m_counterparts;
        for (const auto& place : m_workspace.selection.places())
            if (const auto there = toOther(place))
                request.otherSelection.push_back({there->x, there->y, there->x, there->y});
    }
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
    overlay.tiles = tiles();
    overlays.setMap(picture, overlay);
    m_overlaidPicture = picture;
}

void AtlasState::say(const QString& message, bool computing) {
    m_message = message;
    m_computing = computing;
    emit statusChanged();
}

}  // namespace fusionscope::ui
