#include "ui/common/selection.h"

namespace fusionscope::ui {

void Selection::setPicture(const QString& hash, int frame) {
    if (hash == m_picture && frame == m_frame) return;
    setPlaces({});
    setWord({});
    m_picture = hash;
    m_frame = frame;
    emit pictureChanged(m_picture, m_frame);
}

void Selection::setPlaces(const std::vector<Place>& places) {
    if (places == m_places) return;
    m_places = places;
    emit placesChanged(m_places);
}

void Selection::setWord(const std::optional<WordRef>& word) {
    if (word == m_word) return;
    m_word = word;
    emit wordChanged(m_word);
}

void Selection::setMap(const QString& name) {
    if (name == m_map) return;
    m_map = name;
    emit mapChanged(m_map);
}

void Selection::setChannel(int channel) {
    if (channel == m_channel) return;
    m_channel = channel;
    emit channelChanged(m_channel);
}

}  // namespace fusionscope::ui
