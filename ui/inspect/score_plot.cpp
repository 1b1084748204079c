#include "ui/inspect/score_plot.h"

#include <qcustomplot.h>

#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSaveFile>
#include <algorithm>

#include "core/engine/alignment.h"
#include "core/engine/model.h"
#include "ui/common/accessible_role.h"
#include "ui/common/refusal.h"
#include "ui/common/text_sizes.h"
#include "ui/common/workspace.h"
#include "ui/inspect/labels.h"
#include "ui/inspect/plot_look.h"

namespace fusionscope::ui {

namespace {

using Kind = engine::FrameScore::Kind;

constexpr int legendColumns = 4;
constexpr Kind kinds[] = {Kind::Patch, Kind::Words, Kind::Agreement, Kind::Answer};

void write(const QString& path, const QByteArray& bytes) {
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        throw refusal(ScorePlot::tr("cannot be written: %1").arg(file.errorString()), path, ScorePlot::tr("Choose another folder."));
}

}  // namespace

ScorePlot::ScorePlot(Workspace& workspace, QWidget* parent)
    : QWidget(parent), m_workspace(workspace), m_plot(new QCustomPlot), m_cursor(new QCPItemStraightLine(m_plot)),
      m_hint(new QCPItemText(m_plot)) {
    m_plot->setObjectName(QStringLiteral("scorePlot"));
    m_plot->setMinimumHeight(140);
    m_plot->setAccessibleName(tr("Score of each frame over time"));
    setAccessibleRole(*m_plot, QAccessible::Chart);
    m_plot->xAxis->setLabel(tr("seconds"));
    // Above the curves, which it would cover.
    m_plot->plotLayout()->insertRow(0);
    m_plot->plotLayout()->addElement(0, 0, m_plot->legend);
    m_plot->plotLayout()->setRowStretchFactor(0, 0.001);
    m_plot->legend->setFillOrder(QCPLegend::foColumnsFirst);
    m_plot->legend->setWrap(legendColumns);
    m_cursor->setLayer(QStringLiteral("overlay"));
    m_cursor->setVisible(false);
    m_hint->position->setType(QCPItemPosition::ptAxisRectRatio);
    m_hint->position->setCoords(0.5, 0.5);
    m_hint->setText(tr("Choose a score and measure it:\nits curve appears here."));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(makeChoices());
    column->addWidget(m_plot, 1);

    connect(m_plot, &QCustomPlot::mousePress, this, [this](QMouseEvent* event) {
        if (event->button() == Qt::LeftButton) chooseAt(m_plot->xAxis->pixelToCoord(event->position().x()));
    });
    connect(this, &ScorePlot::measured, this, [this](quint64 run, const auto& scores) {
        if (run == m_run) show(scores);
    }, Qt::QueuedConnection);
    connect(this, &ScorePlot::written, this, [this](const QString& file) { emit said(tr("Written: %1").arg(file)); },
            Qt::QueuedConnection);
    connect(&workspace.worker, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (job != m_job) return;
        m_job = 0;
        fitChoices();
        if (end == JobEnd::Failed) emit said(message);
    }, Qt::QueuedConnection);
    connect(&workspace.reader, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (job == m_exportJob && end == JobEnd::Failed) emit said(message);
    }, Qt::QueuedConnection);
    connect(&workspace.model, &CurrentModel::changed, this, [this] { setFrames(m_frames); });
    connect(&workspace.selection, &Selection::pictureChanged, this, &ScorePlot::moveCursor);
    connect(&workspace.selection, &Selection::wordChanged, this, &ScorePlot::takeWord);
    connect(m_kind, &QComboBox::activated, this, &ScorePlot::takeAnswer);
    show(nullptr);
    fitChoices();
}

QWidget* ScorePlot::makeChoices() {
    m_kind = new QComboBox;
    m_kind->setAccessibleName(tr("Score over time"));
    m_kind->addItems({tr("similarity to the patch"), tr("similarity to words"), tr("agreement with a text"),
                      tr("log-probability of an answer")});
    m_text = new QLineEdit;
    m_text->setMaxLength(2000);
    m_question = new QLineEdit;
    m_question->setMaxLength(2000);
    m_question->setPlaceholderText(tr("question"));
    m_question->setAccessibleName(tr("Question that is answered"));
    m_measure = new QPushButton(tr("Measure"));
    m_measure->setObjectName(QStringLiteral("measureScore"));
    auto* panel = new QWidget;
    auto* row = new QHBoxLayout(panel);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    row->addWidget(m_kind);
    row->addWidget(m_question, 1);
    row->addWidget(m_text, 1);
    row->addStretch();
    row->addWidget(m_measure);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &ScorePlot::fitChoices);
    connect(m_text, &QLineEdit::textChanged, this, &ScorePlot::fitChoices);
    connect(m_text, &QLineEdit::returnPressed, m_measure, &QPushButton::click);
    connect(m_measure, &QPushButton::clicked, this, &ScorePlot::measure);
    return panel;
}

void ScorePlot::fitChoices() {
    const auto kind = kinds[m_kind->currentIndex()];
    m_text->setVisible(kind != Kind::Patch);
    m_question->setVisible(kind == Kind::Answer);
    const QString name = kind == Kind::Words ? tr("words") : kind == Kind::Agreement ? tr("text") : tr("answer");
    m_text->setPlaceholderText(name);
    m_text->setAccessibleName(name);
    m_measure->setEnabled(m_job == 0 && !m_frames.empty() && m_workspace.model.facts() && wanted().has_value());
    m_measure->setToolTip(kind == Kind::Patch && !m_anchor ? tr("Click a patch of a frame’s map first") : QString());
}

/// The selected word of the answer is one to look for.
void ScorePlot::takeWord() {
    const auto& word = m_workspace.selection.word();
    const auto& exchange = m_workspace.answer.exchange();
    if (!word || !exchange || exchange->turn != word->turn || kinds[m_kind->currentIndex()] != Kind::Words) return;
    std::string text;
    const auto& tokens = exchange->answer.tokens;
    for (auto i = size_t(word->firstToken); i < size_t(word->firstToken + word->tokenCount) && i < tokens.size(); ++i)
        text += tokens[i].text;
    m_text->setText(QString::fromStdString(text).trimmed());
}

/// The latest answer and its question are the ones to begin with.
void ScorePlot::takeAnswer() {
    const auto& exchange = m_workspace.answer.exchange();
    if (kinds[m_kind->currentIndex()] == Kind::Words) return takeWord();
    if (!exchange || kinds[m_kind->currentIndex()] != Kind::Answer || !m_question->text().isEmpty()) return;
    m_text->setText(QString::fromStdString(exchange->answer.text).trimmed());
    m_question->setText(questionOf(exchange->request));
}

std::optional<engine::FrameScore> ScorePlot::wanted() const {
    engine::FrameScore score;
    score.kind = kinds[m_kind->currentIndex()];
    score.text = m_text->text().trimmed().toStdString();
    score.question = m_question->text().trimmed().toStdString();
    if (score.kind != Kind::Patch) return score.text.empty() ? std::nullopt : std::optional(score);
    const auto frame = std::ranges::find(m_frames, m_anchorPicture, &VideoFrame::picture);
    if (!m_anchor || frame == m_frames.end()) return {};
    score.frame = static_cast<size_t>(frame - m_frames.begin());
    score.x = m_anchor->x;
    score.y = m_anchor->y;
    score.activation = m_map;
    return score;
}

void ScorePlot::setFrames(const std::vector<VideoFrame>& frames) {
    ++m_run;
    if (m_job != 0) m_workspace.worker.stop(m_job);
    m_frames = frames;
    show(nullptr);
    fitChoices();
}

void ScorePlot::setAnchor(const QString& picture, const std::optional<Place>& place, const std::string& map) {
    m_anchorPicture = picture;
    m_anchor = place;
    m_map = map;
    fitChoices();
}

void ScorePlot::setKind(Kind kind) {
    m_kind->setCurrentIndex(static_cast<int>(std::ranges::find(kinds, kind) - std::begin(kinds)));
}

void ScorePlot::setTexts(const QString& text, const QString& question) {
    m_text->setText(text);
    m_question->setText(question);
}

void ScorePlot::measure() {
    const auto score = wanted();
    const auto facts = m_workspace.model.facts();
    if (!score || !facts || m_job != 0) return;
    engine::VideoFrames video;
    for (const auto& frame : m_frames) {
        const auto picture = m_workspace.pictures.find(frame.picture);
        if (!picture) return;
        video.frames.push_back(picture->handle);
        video.times.seconds.push_back(frame.seconds);
        video.times.duration = frame.duration;
    }
    m_job = m_workspace.worker.submit(tr("Measuring over time"),
                                      [this, run = ++m_run, video, score = *score, encoding = facts->encoding](WorkerContext& context) {
        emit measured(run, std::make_shared<const engine::FrameScores>(
                               engine::scoreFrames(context.loaded(), video, {score}, encoding, context.control)));
    });
    fitChoices();
}

void ScorePlot::show(const std::shared_ptr<const engine::FrameScores>& scores) {
    m_scores = scores;
    m_plot->clearGraphs();
    if (scores && !scores->curves.empty()) {
        const auto& seconds = scores->times.seconds;
        for (const auto& curve : scores->curves) {
            auto* graph = m_plot->addGraph();
            graph->setName(QString::fromStdString(curve.name));
            graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, 6));
            graph->setData(QVector<double>(seconds.begin(), seconds.end()),
                           QVector<double>(curve.values.begin(), curve.values.end()), true);
        }
        const bool cosine = scores->curves.front().unit == "cosine";
        m_plot->yAxis->setLabel(cosine ? tr("cosine similarity") : tr("log-probability"));
        m_plot->rescaleAxes();
        m_plot->xAxis->setRange(0, std::max(scores->times.duration, seconds.back() * 1.02 + 0.01));
        m_plot->yAxis->scaleRange(1.2);
    }
    m_plot->legend->setVisible(scores && scores->curves.size() > 1);
    for (auto* axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setTickLabels(scores != nullptr);
        axis->grid()->setVisible(scores != nullptr);
    }
    m_hint->setVisible(!scores);
    dressPlot();
    moveCursor();
}

void ScorePlot::dressPlot() {
    dress(*m_plot, palette());
    for (int i = 0; i < m_plot->graphCount(); ++i) m_plot->graph(i)->setPen(QPen(lineColour(i, palette()), 2));
    m_hint->setColor(palette().color(QPalette::PlaceholderText));
    m_hint->setFont(textFont(TextSize::Small));
    m_cursor->setPen(QPen(palette().color(QPalette::Highlight), 2));
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void ScorePlot::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange) dressPlot();
    QWidget::changeEvent(event);
}

void ScorePlot::moveCursor() {
    const auto current = std::ranges::find(m_frames, m_workspace.selection.picture(), &VideoFrame::picture);
    m_cursor->setVisible(m_scores && current != m_frames.end());
    if (current != m_frames.end()) {
        m_cursor->point1->setCoords(current->seconds, 0);
        m_cursor->point2->setCoords(current->seconds, 1);
    }
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void ScorePlot::chooseAt(double seconds) {
    if (m_frames.empty() || !m_scores) return;
    const auto nearest = std::ranges::min_element(m_frames, {}, [&](const VideoFrame& frame) { return std::abs(frame.seconds - seconds); });
    emit frameChosen(nearest->picture);
}

void ScorePlot::exportCsv(const QString& file) {
    if (!m_scores) return emit said(tr("There is nothing to export yet: measure a score first."));
    m_exportJob = m_workspace.reader.submit(tr("Writing %1").arg(file), [this, file, scores = m_scores](WorkerContext&) {
        write(file, QByteArray::fromStdString(engine::framesCsv(*scores)));
        emit written(file);
    });
}

void ScorePlot::exportPlot(const QString& ending) {
    if (!m_scores) return emit said(tr("There is nothing to export yet: measure a score first."));
    const auto file = QFileDialog::getSaveFileName(this, tr("Export the plot"), "frames." + ending);
    if (file.isEmpty()) return;
    const bool done = ending == "pdf" ? m_plot->savePdf(file, 0, 0, QCP::epNoCosmetic) : m_plot->savePng(file, 0, 0, 2);
    emit said(done ? tr("Written: %1").arg(file) : tr("%1 cannot be written. Choose another folder.").arg(file));
}

}  // namespace fusionscope::ui
