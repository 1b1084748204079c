#include "ui/shell/welcome.h"

#include <QHBoxLayout>
#include <QImageReader>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>

#include "ui/common/icons.h"
#include "ui/common/text_sizes.h"
#include "ui/common/workspace.h"
#include "ui/models/known_models.h"

namespace fusionscope::ui {

namespace {

constexpr int cardWidth = 148, margin = 8;

}  // namespace

SampleCard::SampleCard(const Sample& sample, QWidget* parent) : QAbstractButton(parent), m_sample(sample) {
    setText(sample.title);
    setAccessibleName(tr("%1: ask “%2”").arg(sample.title, sample.question));
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void SampleCard::setPicture(const QImage& picture) {
    m_picture = picture;
    update();
}

QSize SampleCard::sizeHint() const {
    const int title = QFontMetrics(textFont()).height(), question = 2 * QFontMetrics(textFont(TextSize::Small)).height();
    return {cardWidth, cardWidth + title + question + margin};
}

void SampleCard::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    const bool marked = underMouse() || hasFocus() || isDown();
    painter.setPen(palette().color(marked ? QPalette::Highlight : QPalette::Mid));
    painter.setBrush(palette().color(QPalette::Base));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    const QRect place(margin, margin, width() - 2 * margin, width() - 2 * margin);
    QPainterPath corners;
    corners.addRoundedRect(place, 4, 4);
    painter.save();
    painter.setClipPath(corners);
    painter.fillRect(place, palette().color(QPalette::Mid));
    if (!m_picture.isNull()) painter.drawImage(place, m_picture);
    painter.restore();
    const QRect words(margin, place.bottom() + margin, place.width(), height() - place.bottom() - 2 * margin);
    const auto body = textFont();
    painter.setFont(body);
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(words, Qt::AlignLeft | Qt::AlignTop,
                     QFontMetrics(body).elidedText(m_sample.title, Qt::ElideRight, words.width()));
    painter.setFont(textFont(TextSize::Small));
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(words.adjusted(0, QFontMetrics(body).height(), 0, 0), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap,
                     m_sample.question);
}

Welcome::Welcome(Workspace& workspace, QWidget* parent) : QWidget(parent) {
    setAccessibleName(tr("Start"));
    auto* title = new QLabel(tr("Ask about a picture"));
    setTextSize(*title, TextSize::Large, QFont::Bold);
    title->setAlignment(Qt::AlignHCenter);
    auto* hint = new QLabel(tr("Drop pictures, a folder or a model anywhere on this window, or paste a picture."));
    hint->setForegroundRole(QPalette::PlaceholderText);
    hint->setAlignment(Qt::AlignHCenter);
    hint->setWordWrap(true);
    auto* open = new QPushButton(icon("folder-open"), u' ' + tr("Open pictures…"));
    connect(open, &QPushButton::clicked, this, [&workspace] {
        if (auto* action = workspace.commands.find("media.open")) action->trigger();
    });
    auto* alternative = new QLabel(tr("or try one of these"));
    alternative->setForegroundRole(QPalette::PlaceholderText);
    setTextSize(*alternative, TextSize::Small);
    alternative->setAlignment(Qt::AlignHCenter);

    connect(this, &Welcome::pictureRead, this, [this](int card, const QImage& picture) {
        m_cards[static_cast<size_t>(card)]->setPicture(picture);
    }, Qt::QueuedConnection);
    auto* cards = new QHBoxLayout;
    cards->setSpacing(16);
    cards->addStretch();
    for (const auto& sample : readSamples(3)) {
        auto* card = new SampleCard(sample);
        connect(card, &SampleCard::clicked, this, [this, sample] { emit sampleChosen(sample.path, sample.question); });
        const auto number = static_cast<int>(m_cards.size());
        workspace.reader.submit(tr("Reading %1").arg(sample.title), [this, number, path = sample.path](WorkerContext&) {
            emit pictureRead(number, QImageReader(path).read().scaled(2 * cardWidth, 2 * cardWidth, Qt::KeepAspectRatioByExpanding,
                                                                      Qt::SmoothTransformation));
        });
        m_cards.push_back(card);
        cards->addWidget(card);
    }
    cards->addStretch();
    alternative->setVisible(!m_cards.empty());
    auto* knowledge = new QLabel(KnownModels::bundledKnowledge());
    knowledge->setForegroundRole(QPalette::PlaceholderText);
    setTextSize(*knowledge, TextSize::Small);
    knowledge->setAlignment(Qt::AlignHCenter);
    knowledge->setWordWrap(true);

    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(8);
    layout->addStretch(2);
    layout->addWidget(title);
    layout->addWidget(hint);
    layout->addWidget(open, 0, Qt::AlignHCenter);
    layout->addSpacing(4);
    layout->addWidget(alternative);
    layout->addLayout(cards);
    layout->addWidget(knowledge);
    layout->addStretch(3);
}

}  // namespace fusionscope::ui
