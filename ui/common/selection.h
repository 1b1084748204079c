#pragma once

#include <QObject>
#include <QString>
#include <optional>
#include <vector>

namespace fusionscope::ui {

/// A patch, by its centre's place in the picture the model sees: 0 to 1 from the left and from the top. Grids of
/// different size can follow the same patch.
struct Place {
    double x = 0, y = 0;
    bool operator==(const Place&) const = default;
};

/// A word of an answer.
struct WordRef {
    qint64 turn = 0;       ///< the turn that holds the answer
    int firstToken = 0;    ///< of the answer's tokens
    int tokenCount = 0;
    bool operator==(const WordRef&) const = default;
};

/// What all views look at together. A view changes it and follows its signals; it never talks to another view.
class Selection : public QObject {
    Q_OBJECT

  public:
    explicit Selection(QObject* parent = nullptr) : QObject(parent) {}

    /// SHA-256 of the picture's file, as engine::PictureHandle::hash() gives it; empty for none.
    const QString& picture() const { return m_picture; }
    /// Frame of a video; −1 for a still picture.
    int frame() const { return m_frame; }
    const std::vector<Place>& places() const { return m_places; }
    const std::optional<WordRef>& word() const { return m_word; }
    /// Name of the activation that is enlarged and overlaid, "tower/davit/stage3".
    const QString& map() const { return m_map; }
    /// Channel of that map; −1 for none.
    int channel() const { return m_channel; }

  public slots:
    void setPicture(const QString& hash, int frame = -1);
    void setPlaces(const std::vector<fusionscope::ui::Place>& places);
    void setWord(const std::optional<fusionscope::ui::WordRef>& word);
    void setMap(const QString& name);
    void setChannel(int channel);

  signals:
    /// Each only when something really changed. A new picture clears places and word first.
    void pictureChanged(const QString& hash, int frame);
    void placesChanged(const std::vector<fusionscope::ui::Place>& places);
    void wordChanged(const std::optional<fusionscope::ui::WordRef>& word);
    void mapChanged(const QString& name);
    void channelChanged(int channel);

  private:
    QString m_picture, m_map;
    int m_frame = -1, m_channel = -1;
    std::vector<Place> m_places;
    std::optional<WordRef> m_word;
};

}  // namespace fusionscope::ui
