#include "ui/inspect/word_maps.h"

#include <algorithm>

#include "ui/common/workspace.h"
#include "ui/inspect/labels.h"
#include "ui/plot/map_image.h"

namespace fusionscope::ui {

namespace {

/// The picture of an answer that is looked at; null when the answer is not about it.
const engine::PictureHandle* pictureOf(const Exchange& exchange, const QString& hash) {
    const auto& pictures = exchange.request.pictures;
    const auto found = std::ranges::find_if(
        pictures, [&](const auto& picture) { return QString::fromStdString(picture.hash()) == hash; });
    return found == pictures.end() ? nullptr : &*found;
}

}  // namespace

size_t wordAtToken(const engine::Answer& answer, int token) {
    QString before;
    for (int i = 0; i < token && i < static_cast<int>(answer.tokens.size()); ++i)
        before += QString::fromStdString(answer.tokens[static_cast<size_t>(i)].text);
    // A token that goes on with a word belongs to that word.
    const bool goesOn = !before.isEmpty() && !before.back().isSpace() &&
                        !QString::fromStdString(answer.tokens[static_cast<size_t>(token)].text).startsWith(u' ');
    const auto words = before.simplified().split(u' ', Qt::SkipEmptyParts).size();
    return static_cast<size_t>(std::max<qsizetype>(0, words - (goesOn ? 1 : 0)));
}

WordMaps::WordMaps(Workspace& workspace, QObject* parent) : QObject(parent), m_workspace(workspace) {
    connect(&workspace.selection, &Selection::wordChanged, this, &WordMaps::follow);
    connect(&workspace.model, &CurrentModel::changed, this, [this] {
        m_exchange = nullptr;  // another model means something else by the same words
        follow();
    });
    connect(this, &WordMaps::aligned, this, [this](const auto& exchange, const auto& alignment) {
        m_exchange = exchange;
        m_alignment = alignment;
        draw();
    }, Qt::QueuedConnection);
    connect(&workspace.worker, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (job != m_job) return;
        m_job = 0;
        if (end == JobEnd::Failed) emit failed(message);
    });
}

void WordMaps::follow() {
    const auto exchange = m_workspace.answer.exchange();
    const auto& word = m_workspace.selection.word();
    const auto facts = m_workspace.model.facts();
    const auto* picture = exchange ? pictureOf(*exchange, m_workspace.selection.picture()) : nullptr;
    if (!word || !exchange || exchange->turn != word->turn || !picture || !facts ||
        !facts->summary.takesPictures || exchange->answer.text.empty() || exchange == m_exchange) {
        draw();
        return;
    }
    m_workspace.worker.stop(m_job);
    m_job = m_workspace.worker.submit(tr("Finding the answer's words in the picture"),
                                      [this, exchange, picture = *picture](WorkerContext& context) {
        emit aligned(exchange, std::make_shared<const engine::WordAlignment>(
                                   engine::wordAlignment(context.loaded(), picture, exchange->answer.text, "norm",
                                                         exchange->request.encoding, context.control)));
    });
}

void WordMaps::draw() {
    const auto& word = m_workspace.selection.word();
    m_drawn = {};
    m_word.clear();
    m_bars.clear();
    if (word && m_exchange && m_exchange->turn == word->turn) {
        for (size_t i = 0; i < m_alignment->bars.size(); ++i)
            m_bars.emplace_back(rowTitle(m_alignment->bars[i]), m_alignment->agreement[i]);
        const size_t index = wordAtToken(m_exchange->answer, word->firstToken);
        if (index < m_alignment->words.size()) {
            const auto& heat = m_alignment->words[index];
            auto drawn = std::make_shared<DrawnMap>();
            drawn->kind = engine::MapKind::Similarity;
            drawn->drawing = heat.cosines;
            drawn->range = inspect::rangeOf(heat.cosines.values);
            drawn->image = plot::toImage(heat.cosines, plot::ColourScale::Viridis, drawn->range);
            m_drawn.own = std::move(drawn);
            m_word = QString::fromStdString(heat.word.text);
        }
    }
    emit changed();
}

}  // namespace fusionscope::ui
